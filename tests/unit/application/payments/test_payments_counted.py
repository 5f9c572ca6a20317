"""Check that a captured payment counts once and creates one channel, whichever of its events arrives first."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from itertools import permutations

import pytest

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")
DAY = timedelta(days=1)


async def _two_buyers(shop: Shop):
    plan = await shop.plan()
    ana, ben = await shop.customer(), await shop.customer()
    return plan, ana, ben, (await shop.checkout(ana, plan))[1], (await shop.checkout(ben, plan))[1]


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)], ids=["session.completed first", "invoice.paid first"])
async def test_first_payment_confirmed_days_after_the_purchase_buys_a_whole_period(shop: Shop, turn):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    events = shop.provider.pay(session)
    shop.clock.advance(5 * DAY)
    confirmed = [dataclasses.replace(each, occurred_at=shop.clock.now()) for each in events]
    await shop.deliver(*(confirmed[index] for index in turn))
    assert (await shop.holding(ana, plan)).subscription.access_until == shop.clock.now() + PERIOD
    shop.clock.advance(PERIOD - 5 * DAY)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    assert (await shop.holding(ana, plan)).subscription.access_until == shop.clock.now() + 5 * DAY + PERIOD


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)], ids=["session.completed first", "invoice.paid first"])
async def test_two_events_of_one_payment_are_applied_once(shop: Shop, turn):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    events = shop.provider.pay(session)
    entries = await shop.deliver(*(events[index] for index in turn))
    held = await shop.holding(ana, plan)
    assert [entry.note for entry in entries] == ["counted", "counted before"]
    assert held.payment.status is PaymentStatus.CAPTURED
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, start + PERIOD)
    assert len(held.channels) == 1
    assert [access.status for access in held.accesses] == [AccessStatus.PENDING]
    assert held.accesses[0].ends_at == start + PERIOD
    assert (await shop.order(view.reference)).status is OrderStatus.PAID
    assert len(await shop.jobs("userbot.assign")) == 1
    assert len(await shop.notified("payment_received")) == 1
    assert await shop.alarms() == []


async def test_twenty_concurrent_deliveries_of_a_payment_are_applied_once(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    event, _ = shop.provider.pay(session)
    stored = await asyncio.gather(*(shop.webhook(event) for _ in range(20)))
    assert sorted(stored) == [False] * 19 + [True]
    assert len(await shop.jobs("core.apply_payment_event")) == 1


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
async def test_payment_renewal_and_cancellation_in_any_order_have_the_same_result(shop: Shop, order):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    done, paid = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    renewed = shop.provider.renew("sub-1", PRICE)
    shop.clock.advance(DAY)
    deleted = shop.provider.end("sub-1")
    events = [done, paid, renewed, deleted]
    await shop.deliver(*(events[index] for index in order))
    held = await shop.holding(ana, plan)
    assert len(held.payments) == 2
    assert held.subscription.access_until == start + 2 * PERIOD
    assert held.subscription.status is SubscriptionStatus.CANCELED
    assert len(held.channels) == len(await shop.jobs("userbot.assign")) == 1
    assert len(await shop.notified("canceled")) == 1


async def test_checkout_event_a_month_late_is_applied_to_the_first_period(shop: Shop):
    """A `session.completed` event that is a month old refers to the first month, even if the subscription is in a later
    month.
    """
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    done, _ = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    renewed = shop.provider.renew("sub-1", PRICE)
    await shop.deliver(done, renewed)
    assert (await shop.holding(ana, plan)).subscription.access_until == start + 2 * PERIOD


async def test_renewal_reported_before_the_first_payment_is_applied(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    _, paid = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", PRICE), paid)
    held = await shop.holding(ana, plan)
    assert len(held.payments) == 2
    assert held.subscription.access_until == start + 2 * PERIOD


@pytest.mark.parametrize("meanwhile", ["order expired", "price changed", "plan switched off"])
async def test_payment_is_applied_although_the_price_or_plan_changed_or_the_order_expired(shop: Shop, meanwhile):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    if meanwhile == "order expired":
        shop.clock.advance(timedelta(hours=2))
        assert (await shop.run_due()).orders == 1
        assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED
    elif meanwhile == "price changed":
        plan.price = Money(1, "EUR")
    else:
        plan.active = False
    await shop.change_plan(plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.payment.flag is None
    assert (await shop.order(view.reference)).status is OrderStatus.PAID


async def test_one_time_plan_gives_its_days_from_the_payment_time(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=10)
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay_once(session)
    shop.clock.advance(timedelta(hours=1))
    await shop.deliver(paid, dataclasses.replace(paid, event_key="again"))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == paid.occurred_at + 10 * DAY
    assert not held.subscription.renews
    assert len(held.channels) == 1


async def test_payment_through_another_customers_provider_account_is_applied_to_the_buyer(shop: Shop):
    _plan, ana, ben, of_ana, of_ben = await _two_buyers(shop)
    await shop.deliver(*shop.provider.pay(of_ana, card="cus-1"))
    entries = [await shop.deliver_with_retries(event) for event in shop.provider.pay(of_ben, card="cus-1")]
    assert [entry.note for entry in entries] == ["counted", "counted before"]
    async with shop.units() as uow:
        account = await uow.customers.account_at(ana.id, "acme")
        assert account is not None
        assert account.external_customer_id == "cus-1"
        assert await uow.customers.account_at(ben.id, "acme") is None


async def test_payment_for_a_plan_whose_channel_is_not_set_up_is_applied_and_raises_an_alarm(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    plan.access, plan.opens = AccessKind.VIP_CHANNEL, (VIP,)
    await shop.change_plan(plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.CAPTURED
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == ["channel_not_configured"]


async def test_payment_for_a_period_already_over_creates_no_channel(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.end("sub-1")
    shop.clock.advance(2 * PERIOD)
    await shop.deliver(paid)
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.CAPTURED
    assert held.accesses == []
    assert await shop.alarms() == ["paid_time_over"]
