"""Changes between one-time plans, with earlier orders of either plan, with the same results in memory and in
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database
from tests.support.paid_member import DAY, PaidMember, paid_member

__all__ = ["database"]

HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database, pool_size=30)
    yield database_shop(engine)
    await engine.dispose()


async def ordered_first(ana: PaidMember, name: str) -> PaymentEvent:
    """Let the subscription expire, order and pay the named plan, then buy the middle plan. Return the event of the
    first payment, which has not been reported yet.
    """
    shop = ana.shop
    shop.clock.advance(31 * DAY)
    await ana.over()
    paid = await ana.buys(name)
    shop.clock.advance(HOUR)
    await shop.deliver(await ana.buys("middle"))
    shop.clock.advance(HOUR)
    return paid


async def wrongly_paid(ana: PaidMember) -> None:
    """Pay a wrong amount for the expensive plan, which puts the payment under review, then buy the middle plan."""
    shop = ana.shop
    shop.clock.advance(31 * DAY)
    await ana.over()
    await shop.deliver(replace(await ana.buys("dear"), amount=Money(100, "EUR")))
    shop.clock.advance(HOUR)
    await shop.deliver(await ana.buys("middle"))
    shop.clock.advance(HOUR)


async def offered(ana: PaidMember) -> set[str]:
    return {offer.to_soft_id for offer in await ana.shop.changes.offers(ana.to)}


async def test_plan_with_a_payment_under_review_is_not_offered_for_a_plan_change(shop: Shop) -> None:
    ana = await paid_member(shop)
    await wrongly_paid(ana)
    assert await offered(ana) == {"cheap"}
    assert len((await shop.status(ana.to)).reviews) == 1


async def test_plan_change_does_not_resolve_a_payment_under_review(shop: Shop) -> None:
    """The plan change recorded here is reported by a provider. Staff must still review the payment."""
    ana = await paid_member(shop)
    await wrongly_paid(ana)
    held, dear = await ana.subscription(), ana.plans["dear"]
    async with shop.units() as uow:
        known = await uow.subscriptions.get(held.id, lock=True)
        assert known is not None
        before, after = (known.plan_id, known.price), (dear.id, dear.price)
        change = PlanChange.from_prices(known.id, before, after, shop.clock.now())
        await uow.subscriptions.add_change(change)
        known.switch(change, None)
        await uow.subscriptions.save(known)
        await uow.commit()
    assert [review.soft_id for review in (await shop.status(ana.to)).reviews] == ["dear"]


async def test_payment_after_the_change_for_an_earlier_order_of_the_new_plan_extends_access(shop: Shop) -> None:
    """The order is older than the credited payment. When paid after the change, the order is not a second payment."""
    ana = await paid_member(shop)
    paid = await ordered_first(ana, "dear")
    await ana.change("dear")
    end = (await ana.subscription()).access_until
    assert end is not None
    await shop.deliver(replace(paid, occurred_at=shop.clock.now()))
    assert (await ana.subscription()).access_until == end + 30 * DAY
    assert await shop.alarms() == []
    # A second payment of the same order is a duplicate.
    await shop.deliver(replace(paid, payment_key="again", event_key="again"))
    assert (await ana.subscription()).access_until == end + 30 * DAY
    assert await shop.alarms() == ["second_capture"]


async def test_payment_for_the_new_plan_made_before_the_change_and_reported_later_gives_its_full_period(
    shop: Shop,
) -> None:
    """The payment is for the new plan. Until the change, the middle plan ran on its own payment."""
    ana = await paid_member(shop)
    paid = await ordered_first(ana, "dear")
    await ana.change("dear")
    end = (await ana.subscription()).access_until
    assert end is not None
    shop.clock.advance(HOUR)
    await shop.deliver(paid)
    assert (await ana.subscription()).access_until == end + 30 * DAY
    assert await shop.alarms() == []


async def test_period_of_a_payment_for_the_old_plan_reported_after_the_change_starts_at_the_change(shop: Shop) -> None:
    """A payment reported in time would have extended the old plan until the change."""
    ana = await paid_member(shop)
    paid = await ana.buys("middle")
    shop.clock.advance(6 * HOUR)
    await ana.change("dear")
    left = shop.clock.now()
    shop.clock.advance(HOUR)
    await shop.deliver(paid)
    held = {item.plan_id: item.access_until for item in await ana.live()}
    assert held[ana.plans["middle"].id] == left + 30 * DAY
    # A payment made after the change starts at its own time.
    await ana.over()
    shop.clock.advance(HOUR)
    await shop.deliver(await ana.buys("middle"))
    assert (await ana.subscription()).access_until == shop.clock.now() + 30 * DAY


@pytest.mark.parametrize("name", ["middle", "dear"])
async def test_payment_made_before_and_reported_after_expiry_extends_access_from_the_expiry(
    shop: Shop, name: str
) -> None:
    """The payment counts as if it had been reported in time, for a purchased and for a credited period."""
    ana = await paid_member(shop)
    if name == "dear":
        await ana.change(name)
    shop.clock.advance(10 * DAY)
    paid = await ana.buys(name)
    end = (await ana.subscription()).access_until
    assert end is not None
    shop.clock.advance(end - shop.clock.now() + HOUR)
    await ana.over()
    await shop.deliver(paid)
    assert (await ana.subscription()).access_until == end + 30 * DAY


async def test_payment_reported_after_a_refund_gives_a_full_period_from_the_refund(shop: Shop) -> None:
    """The refunded period counts until its refund, and not beyond the current time."""
    ana = await paid_member(shop)
    shop.clock.advance(10 * DAY)
    paid = await ana.buys("middle")
    shop.clock.advance(DAY)
    await shop.deliver(shop.coins.refunded(ana.paid))
    back = shop.clock.now()
    shop.clock.advance(HOUR)
    await shop.deliver(paid)
    assert (await ana.subscription()).access_until == back + 30 * DAY


async def test_payment_made_during_another_plan_and_reported_after_the_change_back_is_applied_once(shop: Shop) -> None:
    """The middle plan is paid while the expensive plan runs, and the payment is reported once the middle plan runs
    again.
    """
    ana = await paid_member(shop)
    await ana.change("dear")
    shop.clock.advance(HOUR)
    await shop.deliver(await ana.buys("dear"))
    shop.clock.advance(20 * DAY)
    paid = await ana.buys("middle")
    shop.clock.advance(HOUR)
    await ana.change("middle")
    end = (await ana.subscription()).access_until
    assert end is not None
    await shop.deliver(paid)
    assert (await ana.subscription()).access_until == end + 30 * DAY


async def test_recurring_checkout_for_the_new_plan_is_closed(shop: Shop) -> None:
    ana = await paid_member(shop, recurring=True, interval=Interval.MONTH, duration_days=None)
    await shop.price(ana.plans["dear"], "price-dear")
    view = await shop.start(ana.to, "dear", "acme")
    await ana.change("dear")
    async with shop.units() as uow:
        assert await uow.orders.open_of(ana.customer.id) == []
    assert str(view.order_id) in {job["order_id"] for job in await shop.jobs("core.close_checkouts")}
    assert (await shop.status(ana.to)).open_orders == ()


async def test_partially_paid_plan_is_not_offered(shop: Shop) -> None:
    ana = await paid_member(shop)
    part = await ana.buys("dear")
    assert part.checkout_ref is not None
    await shop.deliver(shop.coins.underpaid(part.checkout_ref, Money(100, "EUR"), payment_key="part"))
    assert await offered(ana) == {"cheap"}


async def test_open_checkout_page_of_the_old_plan_is_closed(shop: Shop) -> None:
    ana = await paid_member(shop)
    late = await ana.buys("middle")
    await ana.change("dear")
    assert (await shop.status(ana.to)).open_orders == ()
    assert late.order_id in {job["order_id"] for job in await shop.jobs("core.close_checkouts")}


async def test_partially_paid_order_of_the_old_plan_is_kept(shop: Shop) -> None:
    ana = await paid_member(shop)
    shop.clock.advance(HOUR)
    part = await ana.buys("middle")
    assert part.checkout_ref is not None
    await shop.deliver(shop.coins.underpaid(part.checkout_ref, Money(100, "EUR"), payment_key="part"))
    await ana.change("dear")
    assert len((await shop.status(ana.to)).open_orders) == 1
