"""Partial payments of one order that are delivered at once, each several times, on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from tests.fakes.shop import Shop

PRICE = Money(3000, "USD")
PART = Money(1000, "USD")


async def deliver_at_once(shop: Shop, events: list[PaymentEvent]) -> None:
    """Deliver all events at once, each three times."""
    copies = [replace(event, event_key=f"{event.event_key}-{number}") for event in events for number in range(3)]
    waiting = [await shop.store(event) for event in copies]
    await asyncio.gather(*(shop.apply(inbox_id) for inbox_id in waiting))


async def test_concurrent_partial_payments_complete_one_purchase(shop: Shop) -> None:
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30, price=PRICE)
    await shop.start(ana.telegram_id, plan.soft_id, "coins")
    (session,) = shop.coins.checkouts
    await deliver_at_once(shop, [shop.coins.underpaid(session, PART), shop.coins.underpaid(session, PART)])
    view = await shop.start(ana.telegram_id, plan.soft_id, "coins")
    assert view.amount == PRICE - PART - PART
    rest = next(ref for ref in shop.coins.checkouts if view.url.endswith(ref))
    await deliver_at_once(shop, [shop.coins.paid(rest)])
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == shop.clock.now() + timedelta(days=30)
    assert sorted(payment.amount.minor for payment in held.payments) == [1000, 1000, 1000]
    assert {payment.subscription_id for payment in held.payments} == {held.subscription.id}
    assert len(await shop.notified("payment_received")) == 1
    assert len(await shop.notified("part_received")) == 2
    async with shop.units() as uow:
        assert len(await uow.receipts.of_order(view.order_id)) == 3


async def test_two_sufficient_concurrent_partial_payments_complete_one_purchase(shop: Shop) -> None:
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30, price=PRICE)
    await shop.start(ana.telegram_id, plan.soft_id, "coins")
    (session,) = shop.coins.checkouts
    most = Money(2900, "USD")
    await deliver_at_once(shop, [shop.coins.underpaid(session, most), shop.coins.underpaid(session, most)])
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == shop.clock.now() + timedelta(days=30)
    assert [payment.excess for payment in held.payments if payment.excess] == [Money(2800, "USD")]
