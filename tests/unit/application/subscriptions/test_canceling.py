"""Check that customers can cancel only their own subscription and undo the cancellation, and that each is confirmed
once, after the provider accepted it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import CanceledMessage
from subscriptions.application.subscriptions.subscription_handler import CannotUndo, NoteCancelReason, NothingToCancel
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop


async def _subscribed(shop: Shop, ana=None):
    ana = ana or await shop.customer()
    plan = await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session, card=f"cus-{ana.telegram_id}")
    await shop.deliver(paid)
    return ana, plan, paid.subscription_ref


async def test_repeated_cancellation_is_confirmed_once(shop: Shop):
    ana, plan, ref = await _subscribed(shop)
    await shop.cancel(ana.telegram_id)
    await shop.cancel(ana.telegram_id)
    await shop.deliver(shop.provider.updated(ref))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.CANCELED
    assert held.subscription.access_until == shop.clock.now() + PERIOD
    assert held.subscription.cancel_at_period_end
    assert len(await shop.notified("canceled")) == 1


async def test_every_cancellation_and_every_undo_is_confirmed(shop: Shop):
    ana, plan, _ = await _subscribed(shop)
    for _ in range(2):
        shop.clock.advance(timedelta(hours=1))
        await shop.cancel(ana.telegram_id, plan.soft_id)
        shop.clock.advance(timedelta(hours=1))
        await shop.undo(ana.telegram_id, plan.soft_id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    assert (len(await shop.notified("canceled")), len(await shop.notified("cancel_undone"))) == (2, 2)


async def test_undo_is_not_offered_if_the_provider_cannot_resume_the_subscription(shop: Shop):
    ana, plan, ref = await _subscribed(shop)
    shop.provider.change(ref, resumable=False)
    await shop.cancel(ana.telegram_id)
    held = (await shop.holding(ana, plan)).subscription
    assert (held.status, held.access_until) == (SubscriptionStatus.CANCELED, shop.clock.now() + PERIOD)
    (view,) = (await shop.status(ana.telegram_id)).live
    assert not view.can_undo
    async with shop.units() as uow:
        message = await CanceledMessage.load(Sources(uow, shop.policy, shop.clock.now()), held.id)
    assert message is not None
    assert message.word == "other"


async def test_cancellation_after_a_failed_charge_is_confirmed_if_the_provider_ends_the_subscription_at_once(
    monkeypatch: pytest.MonkeyPatch, shop: Shop
):
    ana, plan, ref = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal(ref))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAST_DUE

    async def end(ref: str, *, at_period_end: bool = True) -> bool:
        shop.provider.end(ref)
        return True

    monkeypatch.setattr(shop.provider, "cancel_subscription", end)
    assert (await shop.cancel(ana.telegram_id)).status is SubscriptionStatus.CANCELED
    assert len(await shop.notified("canceled")) == 1


async def test_undone_cancellation_of_a_trial_does_not_end_the_trial(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(trial_days=14)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 14))
    await shop.cancel(ana.telegram_id)
    await shop.undo(ana.telegram_id)
    held = (await shop.holding(ana, plan)).subscription
    assert held.status is SubscriptionStatus.TRIALING
    shop.clock.advance(timedelta(days=12))
    await shop.remind(held.id)
    assert len(await shop.notified("trial_ending")) == 1


async def test_trial_paid_while_canceled_becomes_active_after_the_undo(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(trial_days=14)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 14))
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(timedelta(days=14))
    await shop.deliver(shop.provider.renew("sub-1", plan.price))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED
    await shop.undo(ana.telegram_id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_customer_cannot_cancel_another_customers_subscription(shop: Shop):
    ana, plan, _ = await _subscribed(shop)
    ben = await shop.customer()
    for soft_id in (None, plan.soft_id):
        with pytest.raises(NothingToCancel):
            await shop.cancel(ben.telegram_id, soft_id)
        with pytest.raises(CannotUndo):
            await shop.undo(ben.telegram_id, soft_id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_customer_with_several_subscriptions_must_choose_a_subscription(shop: Shop):
    ana, one, _ = await _subscribed(shop)
    _, two, _ = await _subscribed(shop, ana)
    with pytest.raises(NothingToCancel):
        await shop.cancel(ana.telegram_id)
    await shop.cancel(ana.telegram_id, one.soft_id)
    await shop.cancel(ana.telegram_id, two.soft_id)
    with pytest.raises(CannotUndo):
        await shop.undo(ana.telegram_id)
    await shop.undo(ana.telegram_id, two.soft_id)
    assert (await shop.holding(ana, one)).subscription.status is SubscriptionStatus.CANCELED
    assert (await shop.holding(ana, two)).subscription.status is SubscriptionStatus.ACTIVE


async def test_undo_of_a_cancellation_for_an_unknown_plan_is_refused_and_changes_nothing(shop: Shop):
    ana, plan, _ = await _subscribed(shop)
    await shop.cancel(ana.telegram_id)
    with pytest.raises(CannotUndo):
        await shop.undo(ana.telegram_id, "no-such-plan")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED


async def test_cancellation_of_an_ended_subscription_cannot_be_undone(shop: Shop):
    ana, plan, ref = await _subscribed(shop)
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(PERIOD)
    shop.provider.end(ref)
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED
    with pytest.raises(CannotUndo):
        await shop.undo(ana.telegram_id, plan.soft_id)


async def test_cancellation_during_a_provider_outage_is_neither_applied_nor_confirmed(shop: Shop):
    ana, plan, _ = await _subscribed(shop)
    shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(GatewayUnavailable):
        await shop.cancel(ana.telegram_id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.notified("canceled") == []


async def test_cancellation_at_the_provider_is_applied_and_confirmed(shop: Shop):
    ana, plan, ref = await _subscribed(shop)
    await shop.provider.cancel_subscription(ref)
    await shop.deliver(shop.provider.updated(ref))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED
    assert len(await shop.notified("canceled")) == 1


async def test_one_time_plan_has_no_renewal_to_cancel(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=10)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    with pytest.raises(NothingToCancel):
        await shop.cancel(ana.telegram_id)


async def test_cancellation_reason_is_stored_until_the_cancellation_is_undone(shop: Shop):
    ana, plan, _ = await _subscribed(shop)
    note = NoteCancelReason(shop.units)

    async def said() -> str | None:
        return (await shop.holding(ana, plan)).subscription.cancel_reason

    await note(ana.telegram_id, plan.soft_id, "too_expensive")
    assert await said() == "too_expensive"
    await note(ana.telegram_id, plan.soft_id, None)
    assert await said() is None
    await shop.cancel(ana.telegram_id)
    await note(ana.telegram_id, plan.soft_id, "too_expensive")
    assert await said() == "too_expensive"
    await shop.undo(ana.telegram_id)
    assert await said() is None
