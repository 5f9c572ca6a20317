"""Business figures are calculated identically in memory and in PostgreSQL."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from subscriptions.application.views.see_month import DAYS
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.reversal import Refund, RefundStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.spans import day_edges, total
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)
MADRID = ZoneInfo("Europe/Madrid")
EDGES = day_edges(NOON, MADRID, DAYS)


async def a_month(units: Units) -> tuple[object, object]:
    """Create two plans and return their ids. One plan has an old, a new and a lost customer, the other has an unpaid
    order.
    """
    sold, unsold = samples.plan(), samples.plan()
    async with units() as uow:
        await uow.plans.save(sold)
        await uow.plans.save(unsold)
        lives = [
            ("long ago", NOON - 100 * DAY, None),
            ("new", NOON - 2 * DAY, None),
            ("left", NOON - 60 * DAY, NOON - 3 * DAY),
            ("unpaid", NOON - DAY, None),
        ]
        for name, began, ended in lives:
            who = samples.customer()
            order = samples.order(who, unsold if name == "unpaid" else sold)
            status = SubscriptionStatus.EXPIRED if ended else SubscriptionStatus.ACTIVE
            status = SubscriptionStatus.INCOMPLETE if name == "unpaid" else status
            await uow.customers.save(who)
            await uow.orders.save(order)
            until = None if name == "unpaid" else NOON + 30 * DAY
            await uow.subscriptions.save(
                samples.subscription(order, created_at=began, ended_at=ended, status=status, access_until=until)
            )
            payments = {
                "long ago": (Money(2999, "EUR"), NOON),
                "new": (Money(999, "USD"), NOON - 2 * DAY),
                "left": (Money(2999, "EUR"), NOON - 60 * DAY),
            }
            if name in payments:
                amount, at = payments[name]
                paid = samples.payment(order, amount=amount, occurred_at=at)
                await uow.payments.add_if_new(paid)
                if name == "long ago":
                    back = Refund.give("acme", "re-1", paid.id, Money(1000, "EUR"), occurred_at=NOON, now=NOON)
                    await uow.reversals.add_refund_if_new(back)
                    undone = Refund.give("acme", "re-2", paid.id, Money(500, "EUR"), occurred_at=NOON, now=NOON)
                    undone.status = RefundStatus.REVERSED
                    await uow.reversals.add_refund_if_new(undone)
                    odd = samples.payment(order, amount=Money(7, "EUR"), occurred_at=NOON)
                    odd.raise_flag(FlagReason.AMOUNT_MISMATCH)
                    await uow.payments.add_if_new(odd)
                    # A partial refund of a payment that never counted reduces nothing.
                    some = Refund.give("acme", "re-3", odd.id, Money(3, "EUR"), occurred_at=NOON, now=NOON)
                    await uow.reversals.add_refund_if_new(some)
        await uow.commit()
    return sold.id, unsold.id


async def test_customer_figures_are_counted_by_plan(units: Units) -> None:
    sold, _ = await a_month(units)
    async with units() as uow:
        found = await uow.numbers.plans(EDGES[0])
    assert [(item.plan_id, item.active, item.new, item.churn) for item in found] == [(sold, 2, 1, 1)]


async def test_sales_figures_are_counted_by_day(units: Units) -> None:
    await a_month(units)
    async with units() as uow:
        days = await uow.numbers.days(EDGES)
    assert len(days) == DAYS
    assert [(item.active, item.new, item.churn) for item in days[-4:]] == [(1, 0, 1), (2, 1, 0), (2, 0, 0), (2, 0, 0)]
    assert days[0].active == 2
    assert days[-3].revenue == (Money(999, "USD"),)
    assert days[-1].revenue == (Money(1999, "EUR"),)
    assert total(days) == (Money(1999, "EUR"), Money(999, "USD"))


async def test_month_without_sales_is_all_zeros(units: Units) -> None:
    async with units() as uow:
        assert list(await uow.numbers.plans(EDGES[0])) == []
        days = await uow.numbers.days(EDGES)
    assert {(item.active, item.new, item.churn, item.revenue) for item in days} == {(0, 0, 0, ())}


def test_day_of_a_clock_change_is_counted_as_one_day() -> None:
    edges = day_edges(datetime(2026, 4, 10, 12, tzinfo=MADRID), MADRID, DAYS)
    hours = {(after - before) / timedelta(hours=1) for before, after in itertools.pairwise(edges)}
    utc = [edge.astimezone(ZoneInfo("UTC")) for edge in edges]
    real = {(after - before) / timedelta(hours=1) for before, after in itertools.pairwise(utc)}

    assert len(edges) == DAYS + 1
    assert hours == {24.0}
    assert real == {23.0, 24.0}
