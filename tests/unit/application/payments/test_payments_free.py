"""Events without a payment: trials, free plans and refused cards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    PaymentEventKind,
    ProviderStatus,
)
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.support.parts import ONCE

PRICE = Money(2999, "EUR")
DAY = timedelta(days=1)


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)], ids=["session.completed first", "invoice.paid first"])
async def test_trial_days_are_granted_once_in_either_order_of_events(shop: Shop, turn):
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    view, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    events = shop.provider.start_trial(session, 7)
    await shop.deliver(*(events[index] for index in turn))
    held = await shop.holding(ana, plan)
    assert held.payments == []
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.TRIALING, start + 7 * DAY)
    assert len(held.channels) == len(await shop.jobs("userbot.assign")) == 1
    assert (await shop.order(view.reference)).status is OrderStatus.PAID
    shop.clock.advance(7 * DAY)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.ACTIVE,
        start + 7 * DAY + PERIOD,
    )


async def test_duplicate_trial_at_the_provider_is_ended_without_a_charge(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    _, session = await shop.checkout(ana, plan)
    first = shop.provider.start_trial(session, 7)
    shop.clock.advance(2 * DAY)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 7))
    await shop.deliver(*first)
    await shop.close_what_is_open()
    held = await shop.holding(ana, plan)
    assert (held.subscription.provider_ref, held.subscription.status) == ("sub-2", SubscriptionStatus.TRIALING)
    assert shop.provider.subscriptions["sub-1"].status is ProviderStatus.ENDED
    assert shop.provider.subscriptions["sub-2"].status is ProviderStatus.TRIALING
    assert await shop.alarms() == []


async def test_subscription_without_payment_or_trial_gives_no_access(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.start_trial(session, 7)
    shop.provider.change("sub-1", status=ProviderStatus.ACTIVE)
    await shop.deliver(done, paid)
    held = await shop.holding(ana, plan)
    assert (held.subscriptions, held.channels) == ([], [])
    assert await shop.alarms() == []


async def test_free_subscription_at_a_provider_renews(shop: Shop):
    """Orders may also come from a version that created checkouts for plans without a price."""
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    async with shop.units() as uow:
        order = await uow.orders.get(view.order_id)
        assert order is not None
        order.price = Money(0, "EUR")
        await uow.orders.save(order)
        await uow.commit()
    start = shop.clock.now()
    done, paid = shop.provider.start_trial(session, 30)
    shop.provider.change("sub-1", status=ProviderStatus.ACTIVE)
    await shop.deliver(done, paid)
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, start + PERIOD)
    shop.clock.advance(PERIOD)
    snapshot = shop.provider.change("sub-1", current_period_start=start + PERIOD, current_period_end=start + 2 * PERIOD)
    renewed = shop.provider.create_event(
        PaymentEventKind.SUBSCRIPTION_ACTIVATED,
        "invoice.paid",
        subscription_ref="sub-1",
        order_id=snapshot.order_id,
        period_start=start + PERIOD,
        period_end=start + 2 * PERIOD,
    )
    await shop.deliver(renewed)
    assert (await shop.holding(ana, plan)).subscription.access_until == start + 2 * PERIOD


async def test_refused_first_card_leaves_the_checkout_open(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    request = shop.provider.checkouts[session]
    shop.provider.begin("sub-9")
    shop.provider.change("sub-9", status=ProviderStatus.INCOMPLETE)
    refused = shop.provider.create_event(
        PaymentEventKind.PAYMENT_FAILED, "invoice.failed", subscription_ref="sub-9", order_id=request.order_id
    )
    await shop.deliver(refused)
    assert (await shop.holding(ana, plan)).subscriptions == []
    assert (await shop.order(view.reference)).status is OrderStatus.OPEN
    await shop.deliver(*shop.provider.pay(session))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_delayed_payment_finally_refused_closes_the_order(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    request = shop.provider.checkouts[session]
    await shop.deliver(
        shop.provider.create_event(
            PaymentEventKind.PAYMENT_FAILED,
            "async_payment_failed",
            checkout_ref=session,
            order_id=request.order_id,
            final=True,
        )
    )
    assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED
    assert [job["key"] for job in await shop.notified("checkout_failed")] == [f"{request.order_id}:1"]


async def test_customer_is_not_notified_of_a_failed_payment_by_a_method_chosen_earlier(shop: Shop):
    shop.sells_by_all()
    ana, plan = await shop.customer(), await shop.plan(**ONCE)
    await shop.start(ana.telegram_id, plan.soft_id, "acme")
    session = next(iter(shop.provider.checkouts))
    await shop.start(ana.telegram_id, plan.soft_id, "coins")
    refused = shop.provider.create_event(
        PaymentEventKind.PAYMENT_FAILED,
        "async_payment_failed",
        checkout_ref=session,
        order_id=shop.provider.checkouts[session].order_id,
        final=True,
    )
    await shop.deliver(refused)
    assert await shop.notified("checkout_failed") == []


async def test_expired_checkout_closes_the_order(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.create_event(PaymentEventKind.CHECKOUT_EXPIRED, "expired", checkout_ref=session))
    assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED
    assert await shop.notified("checkout_failed") == [], "nobody pressed pay, nobody waits"
