"""Recurring payments: accepted once, charged by the clock, ended without a webhook."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.cryptomus_sandbox_http import CryptoShop, running_crypto_shop
from umbral_sandbox.payments.cryptomus import shapes
from umbral_sandbox.payments.cryptomus.recurring import after


@pytest.fixture
async def shop() -> AsyncIterator[CryptoShop]:
    async with running_crypto_shop() as running:
        yield running


async def accepted(shop: CryptoShop, **params: Any) -> str:
    made = await shop.recurrence(**params)
    assert (await shop.pay(made["uuid"]))["state"] == "paid"
    key: str = made["uuid"]
    return key


async def plan(shop: CryptoShop, key: str) -> dict[str, Any]:
    found: dict[str, Any] = await shop.done("/v1/recurrence/info", uuid=key)
    return found


async def test_recurring_payment_waits_for_the_acceptance_of_the_payer(shop: CryptoShop) -> None:
    made = await shop.recurrence()
    assert (made["status"], made["last_pay_off"], made["discount_days"]) == ("wait_accept", None, None)
    assert made["url"] == f"{shop.url}/pay/cryptomus/{made['uuid']}"
    assert (await shop.recurrence(name="Other"))["uuid"] == made["uuid"]
    assert (await shop.control("GET", "subscriptions"))["subscriptions"] == []
    refused = await shop.refused("/v1/payment", amount="1.00", currency="USD", order_id="plan-1")
    assert refused["errors"] == {"order_id": ["validation.unique"]}


async def test_each_charge_is_a_separate_payment(shop: CryptoShop) -> None:
    key = await accepted(shop, additional_data="s=1")
    [first] = await shop.received("paid")
    await shop.advance(days=32)
    told = await shop.received("paid", 2)

    assert len({each["uuid"] for each in told} | {key}) == 3
    assert {each["order_id"] for each in told} == {"plan-1"}
    assert {each["additional_data"] for each in told} == {None}, "no document says that it comes back"
    assert (await shop.info(first["uuid"]))["status"] == "paid"
    payments = (await shop.control("GET", "payments"))["payments"]
    assert [(each["subscription"], each["amount"]) for each in payments] == [(key, "29.99")] * 2
    [checkout] = (await shop.control("GET", "checkouts"))["checkouts"]
    assert checkout["id"] == key


async def test_time_of_the_last_charge_is_in_utc_plus_three(shop: CryptoShop) -> None:
    key = await accepted(shop)
    told = datetime.fromisoformat((await plan(shop, key))["last_pay_off"])
    assert told.utcoffset() == timedelta(hours=3)
    assert abs(told - shop.world.clock.now()) < timedelta(minutes=1)


async def test_periods_follow_the_calendar() -> None:
    begun = int(datetime.fromisoformat("2026-01-31T12:00:00+00:00").timestamp())
    ends = [datetime.fromtimestamp(after(begun, "monthly", n)).astimezone().date().isoformat() for n in (1, 2, 12)]
    assert ends == ["2026-02-28", "2026-03-31", "2027-01-31"]
    late = int(datetime.fromisoformat("2026-12-01T00:30:00+03:00").timestamp())
    assert shapes.moment(after(late, "monthly", 1)) == "2027-01-01T00:30:00+03:00"
    assert after(begun, "weekly", 2) - begun == 14 * 86_400
    assert datetime.fromtimestamp(after(begun, "three_month", 1)).astimezone().date().isoformat() == "2026-04-30"


async def test_failing_charge_is_retried_for_days_before_the_recurring_payment_is_canceled(shop: CryptoShop) -> None:
    key = await accepted(shop)
    await shop.act(key, "fail_payment")
    await shop.advance(days=32)
    await shop.received("fail")
    assert (await plan(shop, key))["status"] == "active"
    await shop.advance(days=5)
    await shop.received("fail", 4)
    assert (await plan(shop, key))["status"] == "cancel_by_user"


async def test_payer_whose_card_works_again_is_charged_at_once(shop: CryptoShop) -> None:
    key = await accepted(shop)
    await shop.act(key, "fail_payment")
    await shop.advance(days=32)
    await shop.received("fail")
    await shop.act(key, "recover")
    await shop.received("paid", 2)


async def test_forced_renewal_charges_the_next_period_at_once(shop: CryptoShop) -> None:
    key = await accepted(shop)
    [before] = (await shop.control("GET", "subscriptions"))["subscriptions"]
    renewed = await shop.act(key, "renew")
    assert renewed["period_end"] > before["period_end"]
    await shop.received("paid", 2)


@pytest.mark.parametrize("by", ["merchant", "user", "seller"])
async def test_canceled_recurring_payment_is_not_charged(shop: CryptoShop, by: str) -> None:
    key = await accepted(shop)
    await shop.received("paid")
    if by == "user":
        await shop.act(key, "cancel")
    elif by == "seller":
        await shop.act(key, "end")
        await shop.act(key, "end")
        by = "merchant"
    else:
        assert (await shop.done("/v1/recurrence/cancel", order_id="plan-1"))["status"] == "cancel_by_merchant"
        assert (await shop.done("/v1/recurrence/cancel", uuid=key))["status"] == "cancel_by_merchant"
    sent = len(shop.payments.deliveries.all())
    await shop.advance(days=70)
    assert (await plan(shop, key))["status"] == f"cancel_by_{by}"
    assert len(shop.payments.deliveries.all()) == sent
    await shop.act(key, "renew", status=409)


async def test_discount_lasts_for_its_number_of_days(shop: CryptoShop) -> None:
    key = await accepted(shop, discount_days=20, discount_amount="10.00")
    shown = await plan(shop, key)
    assert (shown["discount_days"], shown["discount_amount"]) == ("20", "10.00")
    assert shown["end_of_discount"].endswith("+03:00")
    await shop.advance(days=32)
    told = await shop.received("paid", 2)
    assert sorted(Decimal(each["amount"]) for each in told) == [Decimal("19.99"), Decimal("29.99")]


async def test_actions_that_the_status_of_a_recurring_payment_does_not_allow_are_refused(shop: CryptoShop) -> None:
    made = await shop.recurrence()
    await shop.control("POST", f"checkouts/{made['uuid']}/expire", status=409)
    await shop.control("POST", f"checkouts/{made['uuid']}/pay", {"amount": "1.00"}, 409)
    await shop.act(made["uuid"], "renew", status=404)
    await shop.pay(made["uuid"])
    for action in ("pause", "resume", "dispute"):
        await shop.act(made["uuid"], action, status=409)
    await shop.control("POST", f"checkouts/{made['uuid']}/pay", status=409)
    await shop.refused("/v1/recurrence/cancel", order_id="nothing")


async def test_last_charge_can_be_refunded(shop: CryptoShop) -> None:
    key = await accepted(shop)
    await shop.act(key, "refund")
    [told] = await shop.received("refund_paid")
    assert told["order_id"] == "plan-1"


async def test_recurring_payments_are_listed_in_pages(shop: CryptoShop) -> None:
    for number in range(9):
        await shop.recurrence(f"plan-{number}")
    first = await shop.done("/v1/recurrence/list")
    assert (len(first["items"]), first["paginate"]["perPage"]) == (8, 8)
    rest = await shop.done(f"/v1/recurrence/list?cursor={first['paginate']['nextCursor']}")
    assert [each["order_id"] for each in rest["items"]] == ["plan-0"]
