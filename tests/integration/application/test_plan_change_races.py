"""Concurrent button presses and provider events about a plan change, which the database must keep consistent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from subscriptions.application.subscriptions.offered_changes import NothingToChange
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.infrastructure.database.console_story import SqlStories
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.paid_member import DAY, paid_member

MIDDLE, DEAR, CHEAP = Money(2999, "EUR"), Money(4999, "EUR"), Money(1999, "EUR")


async def _apply(shop: Shop, event) -> None:
    inbox_id = await shop.store(event)
    for _ in range(50):
        try:
            await shop.apply(inbox_id)
            return
        except RetryLater:
            await asyncio.sleep(0)
    raise AssertionError("never applied")


async def _press(shop: Shop, member, quote) -> None:
    offer = quote.offer
    for _ in range(50):
        try:
            await shop.changes(member.telegram_id, offer.subscription, offer.to_soft_id, quote.as_of)
            return
        except RetryLater:
            await asyncio.sleep(0)
    raise AssertionError("never pressed")


async def _member(shop: Shop):
    middle, dear = await shop.priced(price=MIDDLE, name="Medio"), await shop.priced(price=DEAR, name="Caro")
    cheap = await shop.priced(price=CHEAP, name="Barato")
    ana = await shop.customer()
    _, session = await shop.checkout(ana, middle)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD / 2)
    async with shop.units() as uow:
        (subscription,) = await uow.subscriptions.of_customer(ana.id)
    return ana, subscription.id.hex[:8].upper(), dear, cheap


@pytest.mark.exhaustive
@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
async def test_concurrent_presses_provider_update_and_charge_complete_one_plan_change(shop: Shop, replica: Shop, order):
    ana, short, dear, _ = await _member(shop)
    quote = await shop.changes.quote(ana.telegram_id, short, dear.soft_id)
    await _press(shop, ana, quote)
    (paid,) = [event for event in shop.provider.changes.values() if event is not None]
    work = [
        lambda: _press(shop, ana, quote),
        lambda: _press(replica, ana, quote),
        lambda: _apply(shop, paid),
        lambda: _apply(replica, shop.provider.updated("sub-1")),
    ]
    await asyncio.gather(*(work[index]() for index in order))
    held = await shop.holding(ana, dear)
    assert held.subscription.price == DEAR
    assert len(held.channels) == len(held.accesses) == 1
    assert len(held.payments) == 2
    assert len(await shop.notified("plan_switched")) == len(await shop.notified("change_paid")) == 1
    assert await shop.alarms() == []


async def test_concurrent_presses_in_two_processes_charge_a_plan_change_once(shop: Shop, replica: Shop):
    ana, short, dear, _ = await _member(shop)
    quote = await shop.changes.quote(ana.telegram_id, short, dear.soft_id)
    await asyncio.gather(*(_press((shop, replica)[turn % 2], ana, quote) for turn in range(6)))
    assert len(shop.provider.changes) == 1
    held = await shop.holding(ana, dear)
    async with shop.units() as uow:
        assert len(await uow.subscriptions.changes_of(held.subscription.id)) == 1
    assert len(await shop.notified("plan_switched")) == 1


async def test_plan_change_canceled_during_a_provider_update_stays_canceled(shop: Shop, replica: Shop):
    ana, short, _, cheap = await _member(shop)
    quote = await shop.changes.quote(ana.telegram_id, short, cheap.soft_id)
    await _press(shop, ana, quote)
    async with shop.units() as uow:
        (before,) = await uow.subscriptions.of_customer(ana.id)
        plan = await uow.plans.get(before.plan_id)
    assert plan is not None

    async def drop() -> None:
        try:
            await shop.changes.undo(ana.telegram_id, plan.soft_id)
        except NothingToChange:
            return

    await asyncio.gather(drop(), _apply(replica, shop.provider.updated("sub-1")), drop())
    shop.clock.advance(timedelta(seconds=1))
    await _apply(shop, shop.provider.updated("sub-1"))
    async with shop.units() as uow:
        (after,) = await uow.subscriptions.of_customer(ana.id)
    assert (after.plan_id, after.next_plan_id) == (before.plan_id, None)


async def test_credit_of_a_payment_is_moved_once_to_one_plan(shop: Shop, replica: Shop):
    """The change to the expensive plan and the change to the cheap plan are requested several times at once in two
    processes; the database allows one change.
    """
    ana = await paid_member(shop)
    shop.clock.advance(18 * DAY)
    quotes = [await ana.quote("dear"), await ana.quote("cheap")]

    async def press(turn: int) -> None:
        for _ in range(50):
            try:
                await ana.confirm(quotes[turn % 2], (shop, replica)[turn // 2 % 2])
                return
            except NothingToChange:
                return
            except RetryLater:
                await asyncio.sleep(0)
        raise AssertionError("never pressed")

    await asyncio.gather(*(press(turn) for turn in range(8)))
    (moved,) = await ana.moved()
    assert len(await ana.switched()) == 1
    assert moved.length in {7 * DAY, 24 * DAY}
    made = quotes[moved.length == 24 * DAY]
    subscription = await ana.subscription()
    assert subscription.plan_id == ana.plans[made.offer.to_soft_id].id
    assert subscription.access_until == made.remainder.end
    assert len(await ana.rooms()) == len(await shop.notified("plan_switched")) == 1
    assert await shop.alarms() == []


@pytest.mark.parametrize("turn", range(4))
async def test_concurrent_plan_change_and_refund_leave_no_access_time(shop: Shop, replica: Shop, turn):
    ana = await paid_member(shop)
    replica.sells_by_all()
    shop.clock.advance(18 * DAY)
    quote = await ana.quote("cheap")
    back = shop.coins.refunded(ana.paid)

    async def press() -> None:
        for _ in range(50):
            try:
                await ana.confirm(quote, replica)
                return
            except NothingToChange:
                return
            except RetryLater:
                await asyncio.sleep(0)

    work = [press, lambda: _apply(shop, back), press]
    await asyncio.gather(*(each() for each in (work if turn % 2 else work[::-1])))
    assert await ana.live() == []
    for _, access in await ana.rooms():
        assert str(access.status) in {"revoking", "revoked"}
    assert len(await ana.moved()) == len(await ana.switched()) <= 1


async def test_customer_history_names_the_plan_at_the_time_of_each_payment(shop: Shop):
    """A payment made before a change was for the old plan."""
    ana = await paid_member(shop)
    shop.clock.advance(18 * DAY)
    await ana.change("dear")
    assert shop.engine is not None
    later = shop.clock.now() + DAY
    story = await SqlStories(shop.engine).story(ana.customer.id, later, ["access"], 50)
    reported = {line["kind"]: line["facts"]["plan"] for line in story if line["kind"].startswith("time_")}
    assert {kind: plan.split()[-1] for kind, plan in reported.items()} == {
        "time_payment": "Middle",
        "time_change": "Dear",
    }


async def test_customer_history_names_the_period_that_a_new_price_includes(shop: Shop):
    """The seller moved the subscriber to a yearly price, from which the provider deducted the unused days."""
    ana, monthly = await shop.customer(), await shop.plan()
    yearly = await shop.priced(name="Yearly", interval=Interval.YEAR, price=Money(29900, "EUR"))
    _, session = await shop.checkout(ana, monthly)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(10 * DAY)
    start = shop.clock.now()
    period = {"period_start": start, "period_end": start + 365 * DAY}
    shop.provider.change(
        "sub-1",
        current_period_start=start,
        current_period_end=start + 365 * DAY,
        price_ref=f"price-{yearly.soft_id}",
        price=yearly.price,
    )
    about = {"subscription_ref": "sub-1", "order_id": shop.provider.subscriptions["sub-1"].order_id}
    charged = {"payment_key": "in-year", "amount": Money(27900, "EUR"), "regular": yearly.price}
    kind = PaymentEventKind.PAYMENT_COMPLETED
    await shop.deliver(shop.provider.create_event(kind, "invoice.paid", **about, **charged, **period))

    subscription = (await shop.holding(ana, yearly)).subscription
    assert subscription.access_until == start + 365 * DAY
    assert shop.engine is not None
    story = await SqlStories(shop.engine).story(ana.id, shop.clock.now() + DAY, ["access"], 50)
    reported = [line["kind"] for line in story if line["kind"].startswith("time_")]
    assert sorted(reported) == ["time_credited", "time_payment", "time_payment"]
