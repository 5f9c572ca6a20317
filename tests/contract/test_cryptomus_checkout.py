"""Creating an invoice and fetching its state, against a test server that answers as Cryptomus documents it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID, UNDERPAID
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
)
from tests.support.cryptomus import (
    NOW,
    ORDER,
    REFERENCES,
    UUID,
    FakeClock,
    delivery,
    invoice,
    missing,
    monthly,
    php,
    reply,
    request_for,
    speaking,
    webhook,
)

KIND = PaymentEventKind
OPEN: dict[str, Any] = {"status": "check", "payment_status": "check", "is_final": False, "payment_amount": None}


def unpaid(**changes: Any) -> dict[str, Any]:
    return invoice(**OPEN, **changes)


async def test_invoice_request_has_the_documented_parameters() -> None:
    async with speaking(payment=unpaid()) as (gateway, service):
        session = await gateway.create_checkout_session(request_for())
    assert service.asked == [
        (
            "/v1/payment",
            {
                "amount": "15.00",
                "currency": "USD",
                "order_id": f"{ORDER}-1",
                "url_return": "https://shop.example/",
                "url_success": "https://shop.example/gracias",
                "url_callback": "http://127.0.0.1:8000/webhooks/cryptomus",
                "is_payment_multiple": False,
                "lifetime": 2100,
                "accuracy_payment_percent": 0,
                "additional_data": php(
                    {
                        "order_id": ORDER,
                        "telegram_id": 7001,
                        "made_at": int(NOW.timestamp()),
                        "plan": "retabet",
                        "plan_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                    }
                ),
            },
        )
    ]
    assert (session.provider, session.id, session.subscription_ref) == ("cryptomus", UUID, None)
    assert session.url == f"https://pay.cryptomus.com/pay/{UUID}"
    assert session.expires_at == NOW + timedelta(minutes=35)


@pytest.mark.parametrize(
    ("minutes", "lifetime"), [(35, 2100), (1, 300), (-5, 300), (5, 300), (720, 43200), (5000, 43200)]
)
async def test_invoice_lifetime_is_within_the_provider_limits(minutes: int, lifetime: int) -> None:
    async with speaking(payment=unpaid()) as (gateway, service):
        await gateway.create_checkout_session(request_for(expires_at=NOW + timedelta(minutes=minutes)))
    assert service.asked[0][1]["lifetime"] == lifetime


@pytest.mark.parametrize(
    ("money", "amount"), [(Money(500, "JPY"), "500"), (Money(12500, "KWD"), "12.500"), (Money(2999, "EUR"), "29.99")]
)
async def test_amounts_are_sent_in_the_format_of_the_provider(money: Money, amount: str) -> None:
    async with speaking(payment=unpaid(amount=amount, currency=money.currency)) as (gateway, service):
        await gateway.create_checkout_session(request_for(amount=money))
    assert (service.asked[0][1]["amount"], service.asked[0][1]["currency"]) == (amount, money.currency)


@pytest.mark.parametrize("key", ["checkout:a:1", "äö", "x" * 300, "a b", "", "kit:1", "a/b"])
async def test_any_idempotency_key_becomes_a_valid_order_id(key: str) -> None:
    async with speaking(payment=unpaid()) as (gateway, service):
        await gateway.create_checkout_session(request_for(idempotency_key=key))
        await gateway.create_checkout_session(request_for(idempotency_key=key))
    first, second = (params["order_id"] for _, params in service.asked)
    assert first == second
    assert re.fullmatch("[A-Za-z0-9_-]{1,100}", first)


async def test_long_plan_name_is_left_out_of_the_additional_data() -> None:
    async with speaking(payment=unpaid()) as (gateway, service):
        await gateway.create_checkout_session(request_for(plan="x" * 300))
    reported = service.asked[0][1]["additional_data"]
    assert len(reported) <= 255
    assert ORDER in reported


@pytest.mark.parametrize(
    "dead",
    [
        invoice(status="cancel", payment_status="cancel", is_final=True),
        invoice(status="wrong_amount", payment_status="wrong_amount"),
        unpaid(expired_at=int(NOW.timestamp())),
    ],
    ids=["canceled", "partially paid", "expired"],
)
async def test_unpayable_invoice_is_replaced_under_another_order_id(dead: dict[str, Any]) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    async with speaking(payment=[dead, unpaid(uuid=other)]) as (gateway, service):
        session = await gateway.create_checkout_session(request_for())
    assert session.id == other
    assert [params["order_id"] for _, params in service.asked] == [f"{ORDER}-1", f"{ORDER}-1_2"]


async def test_checkout_with_only_unpayable_invoices_raises_unavailable() -> None:
    async with speaking(payment=invoice(status="cancel")) as (gateway, _):
        with pytest.raises(GatewayUnavailable):
            await gateway.create_checkout_session(request_for())


async def test_paid_invoice_under_the_same_order_id_is_returned() -> None:
    async with speaking(payment=invoice(expired_at=1)) as (gateway, service):
        assert (await gateway.create_checkout_session(request_for())).id == UUID
    assert len(service.asked) == 1


async def test_checkout_is_refused_if_the_provider_returns_an_invoice_with_another_amount() -> None:
    async with speaking(payment=unpaid(amount="14.99")) as (gateway, _):
        with pytest.raises(GatewayRejected) as caught:
            await gateway.create_checkout_session(request_for())
    assert caught.value.code == "price_mismatch"


@pytest.mark.parametrize("link", [None, "javascript:alert(1)", "", "//x", 5])
async def test_invoice_without_payment_url_raises_unavailable(link: object) -> None:
    async with speaking(payment=unpaid(url=link)) as (gateway, _):
        with pytest.raises(GatewayUnavailable):
            await gateway.create_checkout_session(request_for())


async def test_renewing_plan_is_sold_as_a_one_time_invoice() -> None:
    async with speaking(payment=unpaid()) as (gateway, service):
        session = await gateway.create_checkout_session(monthly(interval=Interval.YEAR))
    assert service.asked[0][0] == "/v1/payment"
    assert session.subscription_ref is None


async def state_of(**changes: Any) -> CheckoutState:
    async with speaking(payment_info=invoice(**changes)) as (gateway, _):
        found = await gateway.fetch_checkout(UUID)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "paid", "expired", "pending", "reported"),
    [
        ("check", False, False, False, False),
        ("process", False, False, False, False),
        ("confirm_check", False, False, True, False),
        ("locked", False, False, True, False),
        ("paid", True, False, False, True),
        ("paid_over", True, False, False, True),
        ("cancel", False, True, False, False),
        ("fail", False, True, False, False),
        ("wrong_amount", False, True, False, True),
        ("wrong_amount_waiting", False, False, False, False),
        ("refund_process", True, False, False, True),
    ],
)
async def test_invoice_status_maps_to_checkout_state(
    status: str, paid: bool, expired: bool, pending: bool, reported: bool
) -> None:
    found = await state_of(status=status, payment_status=status)
    assert (found.paid, found.expired, found.pending, found.event is not None) == (paid, expired, pending, reported)


async def test_event_fetched_from_the_provider_describes_the_same_payment_as_its_webhook() -> None:
    found = await state_of()
    assert found.event is not None
    async with speaking(payment_info=invoice()) as (gateway, _):
        notified = await gateway.complete_event(await gateway.parse_webhook(delivery(webhook())))
        asked = await gateway.complete_event(found.event)
    assert asked.payment_key == notified.payment_key == UUID
    assert (asked.amount, asked.order_id, asked.occurred_at) == (
        notified.amount,
        notified.order_id,
        notified.occurred_at,
    )
    assert asked.event_key == f"fetched:{UUID}:paid"


@pytest.mark.parametrize("ref", ["", "cs_1", "x" * 500, "recurrence:none", f"{UUID}\n", "../info"])
async def test_unknown_checkout_returns_none(ref: str) -> None:
    async with speaking(payment_info=missing(), recurrence_info=missing()) as (gateway, _):
        assert await gateway.fetch_checkout(ref) is None
        assert await gateway.fetch_checkout(UUID) is None


async def confirmed(shown: object, **changes: Any) -> PaymentEvent:
    async with speaking(payment_info=shown) as (gateway, service):
        event = await gateway.complete_event(await gateway.parse_webhook(delivery(webhook(**changes))))
    assert service.asked == [("/v1/payment/info", {"uuid": UUID})]
    return event


async def test_webhook_of_a_payment_confirmed_by_the_lookup_is_reported_as_a_completed_payment() -> None:
    event = await confirmed(invoice())
    assert (event.kind, event.amount, event.payment_key) == (KIND.PAYMENT_COMPLETED, Money(1500, "USD"), UUID)
    assert event.occurred_at == NOW.replace(hour=8, minute=58, second=30)
    assert (event.order_id, event.telegram_id, event.checkout_ref) == (ORDER, 7001, UUID)


@pytest.mark.parametrize("status", ["check", "process", "confirm_check", "locked", "wrong_amount_waiting", "new"])
async def test_payment_not_confirmed_by_the_lookup_is_ignored(status: str) -> None:
    event = await confirmed(invoice(status=status, is_final=False))
    assert (event.kind, event.payment_key, event.amount) == (KIND.IGNORED, None, None)


@pytest.mark.parametrize(
    "shown",
    [
        missing(),
        reply(404, {"message": "Not found"}),
        invoice(additional_data=REFERENCES.replace("0c6f", "1c6f")),
        invoice(additional_data=None, order_id="somebody"),
        invoice(is_final=False),
    ],
    ids=["unknown", "not found", "another order", "nobody's", "not final"],
)
async def test_webhook_is_ignored_if_the_provider_lookup_shows_an_invalid_payment(shown: object) -> None:
    assert (await confirmed(shown)).kind is KIND.IGNORED


async def test_amounts_are_taken_from_the_provider_lookup() -> None:
    shown = invoice(status="wrong_amount", payment_amount="7.875")
    event = await confirmed(shown, status="paid_over", payment_amount="1000")
    assert (event.kind, event.reason, event.final) == (KIND.PAYMENT_FAILED, UNDERPAID, True)
    assert (event.amount, event.payment_key, event.checkout_ref) == (Money(750, "USD"), UUID, UUID)
    event = await confirmed(invoice(status="paid_over", payment_amount="31.50"), status="wrong_amount")
    assert (event.kind, event.reason) == (KIND.PAYMENT_COMPLETED, OVERPAID)
    assert (event.amount, event.regular) == (Money(3000, "USD"), Money(1500, "USD"))


async def test_invoice_reported_as_canceled_but_found_paid_is_completed() -> None:
    event = await confirmed(invoice(), status="cancel")
    assert (event.kind, event.final, event.reason) == (KIND.PAYMENT_COMPLETED, False, None)


@pytest.mark.parametrize("status", ["refund_process", "refund_paid", "refund_fail"])
@pytest.mark.parametrize("reported", ["paid", "wrong_amount"])
async def test_payment_with_pending_refund_counts_as_paid(status: str, reported: str) -> None:
    event = await confirmed(invoice(status=status), status=reported)
    assert (event.kind, event.amount) == (KIND.PAYMENT_COMPLETED, Money(1500, "USD"))
    event = await confirmed(invoice(status=status, payment_amount="7.875"), status=reported)
    assert (event.kind, event.reason, event.amount) == (KIND.PAYMENT_FAILED, UNDERPAID, Money(750, "USD"))
    event = await confirmed(invoice(status=status, payment_amount="0.00"), status=reported)
    assert event.kind is KIND.IGNORED


async def test_refund_confirmed_by_the_lookup_names_its_payment() -> None:
    event = await confirmed(invoice(status="refund_paid"), status="refund_paid")
    assert (event.kind, event.about_payment, event.payment_key) == (KIND.REFUND, UUID, f"{UUID}:refund")
    for status in ("paid", "refund_process", "refund_fail"):
        event = await confirmed(invoice(status=status), status="refund_paid")
        assert event.kind is KIND.IGNORED


async def test_confirmation_without_amount_is_retried() -> None:
    with pytest.raises(GatewayUnavailable):
        await confirmed(invoice(amount=None))


async def test_ignored_event_is_not_looked_up() -> None:
    async with speaking() as (gateway, service):
        event = await gateway.parse_webhook(delivery(webhook(status="check")))
        assert await gateway.complete_event(event) == event
    assert service.asked == []


async def test_slow_clock_does_not_extend_the_invoice_lifetime_beyond_the_limit() -> None:
    clock = FakeClock(NOW - timedelta(days=3))
    async with speaking(clock=clock, payment=unpaid()) as (gateway, service):
        await gateway.create_checkout_session(request_for())
    assert service.asked[0][1]["lifetime"] == 43200
