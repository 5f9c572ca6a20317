"""Check that no subscription ends while its provider bills, and that an outage ends no customer's access."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.expiry.check_subscription import AFTER_OUTAGE
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import CanceledMessage
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import Capability, GatewayAuthError, GatewayUnavailable, ProviderStatus
from subscriptions.domain.services.access_policy import PATIENT
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def _subscribed(shop: Shop, **plan):
    ana, bought = await shop.customer(), await shop.plan(**plan)
    _, session = await shop.checkout(ana, bought)
    await shop.deliver(*shop.provider.pay(session))
    return ana, bought


async def _tick(shop: Shop) -> int:
    """Run the scheduler once and every check enqueued by the scheduler. Return the number of checks."""
    before = len(await shop.jobs("core.check_subscription"))
    await shop.run_due()
    jobs = (await shop.jobs("core.check_subscription"))[before:]
    for job in jobs:
        await shop.check(SubscriptionId(UUID(job["subscription_id"])))
    return len(jobs)


async def test_subscription_is_not_checked_before_its_end(shop: Shop):
    await _subscribed(shop)
    shop.clock.advance(PERIOD - DAY)
    assert await _tick(shop) == 0


async def test_canceled_subscription_ends_with_its_period(shop: Shop):
    ana, plan = await _subscribed(shop)
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(PERIOD)
    assert await _tick(shop) == 1
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.end_reason) == (SubscriptionStatus.EXPIRED, "period_over")
    assert held.accesses[0].status is AccessStatus.REVOKING
    assert len(await shop.notified("expired")) == len(await shop.jobs("bot.remove_person")) == 1
    assert shop.provider.canceled_at_once == []
    assert await _tick(shop) == 0


async def test_customer_whose_removal_is_pending_is_listed_with_the_end_of_access(shop: Shop):
    ana, plan = await _subscribed(shop)
    end = (await shop.holding(ana, plan)).subscription.access_until
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(PERIOD + DAY)
    await _tick(shop)
    async with shop.units() as uow:
        [leaving] = await uow.accesses.list_leaving()
    assert leaving.ends_at == end


async def test_access_ends_even_if_its_channel_refers_to_no_subscription(shop: Shop):
    ana, plan = await _subscribed(shop)
    async with shop.units() as uow:
        channel = await uow.channels.personal_of(ana.id, plan.id)
        assert channel is not None
        channel.subscription_id = None
        await uow.channels.save(channel)
        await uow.commit()
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(PERIOD)
    await _tick(shop)
    assert (await shop.holding(ana, plan)).accesses[0].status is AccessStatus.REVOKING


async def test_subscription_is_canceled_at_its_end_if_the_provider_cannot_schedule_the_cancellation(shop: Shop):
    shop.provider.capabilities -= {Capability.CANCEL_AT_PERIOD_END}
    ana, plan = await _subscribed(shop)
    await shop.cancel(ana.telegram_id)
    shop.clock.advance(PERIOD - DAY)
    await _tick(shop)
    assert shop.provider.canceled_at_once == []
    shop.clock.advance(DAY)
    await _tick(shop)
    assert shop.provider.canceled_at_once == ["sub-1"]
    assert (await shop.holding(ana, plan)).subscription.end_reason == "period_over"


GOING_ON = {
    "next period is running": {"status": ProviderStatus.ACTIVE, "moved": True},
    "next charge in preparation": {"status": ProviderStatus.ACTIVE, "moved": False},
    "canceled with another paid period": {"status": ProviderStatus.ACTIVE, "moved": True, "stops": True},
    "paused in a possibly paid period": {"status": ProviderStatus.PAUSED, "moved": True},
    "unknown status": {"status": ProviderStatus.UNKNOWN, "moved": False},
}


@pytest.mark.parametrize("state", GOING_ON.values(), ids=GOING_ON.keys())
async def test_subscription_active_at_the_provider_continues(shop: Shop, state):
    ana, plan = await _subscribed(shop)
    end = shop.clock.now() + PERIOD
    more = {"current_period_start": end, "current_period_end": end + PERIOD} if state["moved"] else {}
    shop.provider.change("sub-1", status=state["status"], cancel_at_period_end=state.get("stops", False), **more)
    shop.clock.advance(PERIOD)
    assert await _tick(shop) == 1
    held = await shop.holding(ana, plan)
    assert held.subscription.live
    assert held.accesses[0].status is not AccessStatus.REVOKING
    assert shop.provider.canceled_at_once == []
    # A changed status is checked once more at once; then the checks wait.
    has_changed = held.subscription.status is not SubscriptionStatus.ACTIVE
    assert await _tick(shop) == has_changed
    assert await _tick(shop) == 0
    is_paused = held.subscription.status is SubscriptionStatus.PAUSED
    shop.clock.advance(PATIENT if is_paused else shop.policy.check_interval)
    assert await _tick(shop) == 1


async def test_period_extended_by_a_trial_is_granted_once(shop: Shop):
    ana, plan = await _subscribed(shop)
    end = shop.clock.now() + PERIOD
    shop.provider.change("sub-1", status=ProviderStatus.TRIALING, current_period_end=end + PERIOD)
    shop.clock.advance(PERIOD)
    assert await _tick(shop) == 1
    assert (await shop.holding(ana, plan)).subscription.access_until == end + PERIOD
    assert await _tick(shop) == 0
    await shop.follow.apply((await shop.holding(ana, plan)).subscription, shop.provider.subscriptions["sub-1"])
    assert (await shop.holding(ana, plan)).subscription.access_until == end + PERIOD
    assert await shop.alarms() == []


@pytest.mark.parametrize("heard", ["by webhook", "by poll", "by check"])
async def test_access_lasts_as_long_as_a_period_extended_by_a_trial(shop: Shop, heard: str):
    """A customer who leaves and returns in the free month is admitted by the end that the access stores."""
    ana, plan = await _subscribed(shop)
    end = shop.clock.now() + PERIOD
    shop.provider.change("sub-1", status=ProviderStatus.TRIALING, current_period_end=end + PERIOD)
    if heard == "by webhook":
        await shop.deliver(shop.provider.updated("sub-1"))
    elif heard == "by poll":
        await shop.follow.apply((await shop.holding(ana, plan)).subscription, shop.provider.subscriptions["sub-1"])
    else:
        shop.clock.advance(PERIOD)
        assert await _tick(shop) == 1
    held = await shop.holding(ana, plan)
    assert [access.ends_at for access in held.accesses] == [held.subscription.access_until] == [end + PERIOD]


async def test_unknown_provider_status_raises_one_alarm(shop: Shop):
    await _subscribed(shop)
    shop.provider.change("sub-1", status=ProviderStatus.UNKNOWN, raw_status="dreaming")
    shop.clock.advance(PERIOD)
    for _ in range(3):
        await _tick(shop)
        shop.clock.advance(shop.policy.check_interval)
    [alarm] = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "unknown_status"]
    assert alarm["facts"]["reason"] == "dreaming"


async def test_payment_under_review_is_not_reported_as_missing(shop: Shop):
    await _subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", Money(2999, "USD")))
    for _ in range(4):
        shop.clock.advance(shop.policy.check_interval)
        await _tick(shop)
    assert await shop.alarms() == ["amount_mismatch"]


async def test_alarm_about_a_missing_payment_closes_once_billing_is_paused(shop: Shop):
    await _subscribed(shop)
    shop.clock.advance(PERIOD + DAY)
    shop.provider.renew("sub-1", Money(2999, "EUR"))
    for _ in range(3):
        await _tick(shop)
        shop.clock.advance(PATIENT)
    watch = WatchAlarms(shop.units, shop.clock)
    await watch()
    assert [alarm.open for alarm in shop.memory.rows("alarms")] == [True]
    shop.provider.change("sub-1", status=ProviderStatus.PAUSED)
    await _tick(shop)
    shop.clock.advance(DAY)
    await watch()
    assert [alarm.open for alarm in shop.memory.rows("alarms")] == [False]


async def test_renewal_that_the_bank_decides_about_for_days_keeps_access_and_raises_no_alarm(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    paid = shop.provider.renew("sub-1", plan.price)
    shop.provider.forgetful = True
    shop.provider.change("sub-1", unsettled=True)
    for _ in range(6 * 24):
        shop.clock.advance(timedelta(hours=1))
        await _tick(shop)
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.ACTIVE, AccessStatus.PENDING)
    assert await shop.alarms() == []
    shop.provider.change("sub-1", unsettled=False)
    await shop.deliver(paid)
    assert (await shop.holding(ana, plan)).subscription.access_until == paid.period_end


async def test_cancellation_while_a_charge_is_under_way_names_the_charge_and_the_end_of_its_period(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    paid = shop.provider.renew("sub-1", plan.price)
    shop.provider.forgetful = True
    shop.provider.change("sub-1", unsettled=True)
    shop.clock.advance(HOUR)
    await shop.cancel(ana.telegram_id)
    subscription = (await shop.holding(ana, plan)).subscription
    async with shop.units() as uow:
        message = await CanceledMessage.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert message is not None
    assert (message.word, message.until, message.undo) == ("charging", paid.period_end, True)

    await shop.deliver(paid)
    async with shop.units() as uow:
        message = await CanceledMessage.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    assert message is not None
    assert (message.word, message.until) == ("undo", paid.period_end)


async def test_status_shows_no_end_of_access_while_the_charge_of_the_period_is_under_way(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    paid = shop.provider.renew("sub-1", plan.price)
    shop.provider.forgetful = True
    await _tick(shop)
    (shown,) = (await shop.status(ana.telegram_id)).subscriptions
    assert shown.charging_until == paid.period_end
    await shop.deliver(paid)
    (shown,) = (await shop.status(ana.telegram_id)).subscriptions
    assert (shown.charging_until, shown.access_until) == (None, paid.period_end)


async def test_missing_payment_event_raises_one_alarm_per_period(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD + DAY)
    shop.provider.renew("sub-1", Money(2999, "EUR"))
    await _tick(shop)
    # After a long downtime of ours, the event may still be on its way.
    assert await shop.alarms() == []
    shop.clock.advance(PATIENT)
    await _tick(shop)
    shop.clock.advance(PATIENT)
    await _tick(shop)
    assert await shop.alarms() == ["payment_event_missing"]
    assert (await shop.holding(ana, plan)).subscription.live
    for _ in range(3):
        shop.clock.advance(PATIENT)
        await _tick(shop)
    assert len(await shop.jobs("bot.alarm")) == 1
    # Another period raises its own alarm.
    await shop.deliver(shop.provider.renew("sub-1", Money(2999, "EUR")))
    shop.clock.advance(2 * PERIOD + DAY)
    shop.provider.renew("sub-1", Money(2999, "EUR"))
    for _ in range(3):
        await _tick(shop)
        shop.clock.advance(PATIENT)
    assert len(await shop.jobs("bot.alarm")) == 2


async def test_failed_renewal_starts_the_grace_period(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    shop.provider.fail_renewal("sub-1")
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAST_DUE
    assert len(await shop.notified("payment_failed")) == 1
    shop.clock.advance(shop.policy.grace - timedelta(seconds=1))
    assert await _tick(shop) == 0


@pytest.mark.parametrize(
    "days", [None, 0, 2], ids=["grace period of the operator", "no grace", "grace period of the plan"]
)
async def test_billing_is_stopped_at_the_end_of_the_grace_period(shop: Shop, days):
    ana, plan = await _subscribed(shop, grace_days=days)
    grace = shop.policy.grace if days is None else days * DAY
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(grace)
    assert await _tick(shop) == 1
    held = await shop.holding(ana, plan)
    assert shop.provider.canceled_at_once == ["sub-1"]
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    assert held.accesses[0].status is AccessStatus.REVOKING
    assert await shop.notified("canceled") == []


@pytest.mark.parametrize("outage_at", ["asking", "telling it to stop"])
async def test_provider_outage_at_the_end_of_the_grace_period_does_not_end_the_subscription(shop: Shop, outage_at):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(shop.policy.grace)
    down = GatewayUnavailable("acme", "no answer")
    shop.provider.errors.extend([down] if outage_at == "asking" else [None, down])
    await _tick(shop)
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.PAST_DUE
    assert held.accesses[0].status is not AccessStatus.REVOKING
    # The provider answers again: the due end does not wait for the next interval.
    shop.clock.advance(AFTER_OUTAGE)
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_charge_recovered_at_the_last_moment_prevents_the_expiry(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    recovered = shop.provider.recover("sub-1", plan.price)
    shop.clock.advance(shop.policy.grace)
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    await shop.deliver(recovered)
    assert (await shop.holding(ana, plan)).subscription.access_until == recovered.period_end


async def test_paused_subscription_is_canceled_at_the_provider_when_it_expires(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.provider.change("sub-1", status=ProviderStatus.PAUSED)
    shop.clock.advance(PERIOD)
    await _tick(shop)
    assert shop.provider.canceled_at_once == ["sub-1"]
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_subscription_paused_without_an_end_date_is_checked_every_few_hours(shop: Shop):
    """A check every five minutes would be too frequent, because such a pause may last for months."""
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    start = shop.clock.now()
    period = {"current_period_start": start, "current_period_end": start + PERIOD}
    shop.provider.change("sub-1", status=ProviderStatus.PAUSED, **period)
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAUSED
    checks = 0
    for _ in range(8 * 12):
        shop.clock.advance(timedelta(minutes=5))
        checks += await _tick(shop)
    assert 2 <= checks <= 3


@pytest.mark.parametrize("canceled_by", ["the customer", "the provider", "the seller at once"])
async def test_customer_who_stayed_for_a_postponed_charge_leaves_at_once_if_it_is_canceled(shop: Shop, canceled_by):
    """The checks are hours apart by then."""
    ana, plan = await _subscribed(shop)
    charge_at = shop.clock.now() + PERIOD + 10 * DAY
    shop.provider.change("sub-1", current_period_end=charge_at, charge_moved_to=charge_at)
    for _ in range(PERIOD // PATIENT + 12):
        shop.clock.advance(PATIENT)
        await _tick(shop)
    assert await _tick(shop) == 0
    assert (await shop.holding(ana, plan)).subscription.live

    shop.clock.advance(timedelta(minutes=1))
    if canceled_by == "the customer":
        await shop.cancel(ana.telegram_id)
    elif canceled_by == "the provider":
        shop.provider.change("sub-1", cancel_at_period_end=True)
        await shop.deliver(shop.provider.updated("sub-1"))
    else:
        await shop.deliver(shop.provider.end("sub-1"))

    assert await _tick(shop) == 1
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.accesses[0].status) == (SubscriptionStatus.EXPIRED, AccessStatus.REVOKING)


async def test_removed_provider_does_not_end_subscriptions(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    gateway = shop.gateways.gateways.pop("acme")
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.live
    shop.gateways.gateways["acme"] = gateway


async def test_provider_that_rejects_our_key_raises_one_alarm(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.clock.advance(PERIOD)
    for _ in range(2):
        shop.provider.errors.append(GatewayAuthError("acme", "no such key"))
        await _tick(shop)
        shop.clock.advance(shop.policy.check_interval)
    assert (await shop.holding(ana, plan)).subscription.live
    assert await shop.alarms() == ["provider_refuses"]
    assert len(await shop.jobs("bot.alarm")) == 1


async def test_one_time_subscription_ends_with_its_paid_days(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=10)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(10 * DAY)
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_one_time_subscription_ends_without_a_request_to_its_provider(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=10)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    shop.clock.advance(10 * DAY)
    shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_subscription_unknown_to_the_provider_ends_with_its_period(shop: Shop):
    ana, plan = await _subscribed(shop)
    shop.provider.subscriptions.clear()
    shop.clock.advance(PERIOD)
    await _tick(shop)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED


async def test_early_or_repeated_check_changes_nothing(shop: Shop):
    ana, plan = await _subscribed(shop)
    subscription = (await shop.holding(ana, plan)).subscription
    await shop.check(subscription.id)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    shop.clock.advance(PERIOD)
    shop.provider.end("sub-1")
    await shop.check(subscription.id)
    await shop.check(subscription.id)
    assert len(await shop.notified("expired")) == 1


async def test_unpaid_order_is_closed_once_its_checkout_expired(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    await shop.checkout(ana, plan)
    assert (await shop.run_due()).orders == 0
    shop.clock.advance(shop.policy.checkout_lifetime)
    assert (await shop.run_due()).orders == 1
    assert not await shop.run_due()


async def test_still_billed_alarm_remains_open_while_the_provider_refuses_the_cancellation(shop: Shop):
    await _subscribed(shop)
    shop.provider.change("sub-1", status=ProviderStatus.PAUSED)
    shop.clock.advance(PERIOD)
    for _ in range(2):
        shop.provider.errors += [None, GatewayAuthError("acme", "may not cancel")]
        await _tick(shop)
        shop.clock.advance(shop.policy.check_interval)
    await WatchAlarms(shop.units, shop.clock)()
    async with shop.units() as uow:
        assert [alarm.kind for alarm in await uow.alarms.open(9)] == ["still_billed"]
