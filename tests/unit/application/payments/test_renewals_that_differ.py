"""Check that a renewal of a known subscription pays for its whole period, whatever amount the provider charged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop, memory_shop

AMOUNTS = [5998, 3999, 3499, 1999, 1499, 1, 0]
DAY = timedelta(days=1)


async def subscriber(shop: Shop) -> Any:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    return ana, plan


@pytest.mark.parametrize("minor", AMOUNTS)
async def test_renewal_of_another_amount_pays_for_its_whole_period(minor: int) -> None:
    shop = memory_shop()
    ana, plan = await subscriber(shop)
    first_end = (await shop.holding(ana, plan)).subscription.access_until
    assert first_end is not None
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", Money(minor, "EUR")))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == first_end + PERIOD
    (renewal,) = [payment for payment in held.payments if payment.is_renewal]
    assert (renewal.flag, renewal.excess, renewal.amount) == (None, None, Money(minor, "EUR"))
    assert await shop.notified("payment_flagged") == []
    assert await shop.alarms() == ["renewal_differs"]


async def test_owners_are_alerted_once_per_different_amount() -> None:
    shop = memory_shop()
    await subscriber(shop)
    for minor in (3999, 3999, 3999, 2999, 5998, 3999):
        shop.clock.advance(PERIOD)
        await shop.deliver(shop.provider.renew("sub-1", Money(minor, "EUR")))
    keys = {job["key"] for job in await shop.jobs("bot.alarm") if job["kind"] == "renewal_differs"}
    assert sorted(key.rpartition(":")[2] for key in keys) == ["3999", "5998"]


async def test_renewal_with_an_extra_item_raises_no_alarm() -> None:
    shop = memory_shop()
    ana, plan = await subscriber(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", Money(3499, "EUR"), regular=Money(2999, "EUR")))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == shop.clock.now() + PERIOD
    assert await shop.alarms() == []


async def test_renewal_reported_as_free_extends_access_by_one_period_once() -> None:
    shop = memory_shop()
    ana, plan = await subscriber(shop)
    shop.clock.advance(PERIOD)
    renewed = shop.provider.renew("sub-1", Money(0, "EUR"))
    reported = {
        "subscription_ref": "sub-1",
        "order_id": renewed.order_id,
        "telegram_id": renewed.telegram_id,
        "period_start": renewed.period_start,
        "period_end": renewed.period_end,
        "is_renewal": True,
        "amount": Money(0, "EUR"),
    }
    for _ in range(2):
        await shop.deliver(
            shop.provider.create_event(PaymentEventKind.SUBSCRIPTION_ACTIVATED, "invoice.paid", **reported)
        )
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == renewed.period_end
    assert await shop.alarms() == []


async def test_first_payment_of_another_amount_gives_no_access_and_raises_an_alarm() -> None:
    shop = memory_shop()
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session, amount=Money(3999, "EUR")))
    assert (await shop.holding(ana, plan)).subscriptions == []
    assert await shop.alarms() == ["amount_mismatch"]


async def test_refund_of_the_whole_renewal_amount_ends_its_period() -> None:
    """A payment of 39.99 for a plan that costs 29.99 is refunded in two parts."""
    shop = memory_shop()
    ana, plan = await subscriber(shop)
    shop.clock.advance(PERIOD)
    renewed = shop.provider.renew("sub-1", Money(3999, "EUR"))
    await shop.deliver(renewed)
    for key, minor, is_live in (("re-1", 2999, True), ("re-2", 1000, False)):
        refund = Money(minor, "EUR")
        about = {"payment_key": key, "about_payment": renewed.payment_key, "amount_refunded": refund, "amount": refund}
        await shop.deliver(shop.provider.create_event(PaymentEventKind.REFUND, "refund", **about))
        assert (await shop.holding(ana, plan)).subscriptions[0].live is is_live
