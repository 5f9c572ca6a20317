"""Check of a subscription at the end of a period: fetch it from the provider, then renew it, mark it past due, or end
it.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

import structlog

from subscriptions.application.access.begin_waiting_time import BeginWaitingTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, OfSubscription
from subscriptions.application.alarms.alarms import about_period, raise_once, subscription_facts
from subscriptions.application.alarms.shared_alarms import StillBilled
from subscriptions.application.dto.jobs import CheckSubscription as CheckAgain
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.bulk_expiry_guard import BulkExpiryGuard
from subscriptions.application.subscriptions.poll_subscription import ProviderRefuses
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider, state_of
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRejected, ProviderStatus, SubscriptionSnapshot
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, provider_sync

log = structlog.get_logger(__name__)

AFTER_OUTAGE = timedelta(seconds=15)
"""Delay before an unresponsive provider is polled again."""


class UnknownStatus(OfSubscription):
    """Alarm: the provider reports a status of the subscription that Umbral does not know."""

    name = "unknown_status"
    closes = ByCheck(alarm_causes.period_went_on)
    link = AlarmLink.RECONCILE
    reason: str


class PaymentEventMissing(OfSubscription):
    """Alarm: the subscription's next period has begun, but no event about its payment has arrived. `since`: end of the
    previous period.
    """

    name = "payment_event_missing"
    closes = ByCheck(alarm_causes.missing_payment_explained)
    link = AlarmLink.RECONCILE
    since: datetime


class _Verdict(Enum):
    DONE = auto()
    STILL_BILLED = auto()


class CheckSubscription:
    """Use case that renews or ends a subscription whose access has ended, after fetching its state from the provider. A
    subscription that the provider still bills is never ended.
    """

    def __init__(
        self, units: UnitOfWorkFactory, sync_from_provider: SyncFromProvider, clock: Clock, policy: Policy
    ) -> None:
        self._units = units
        self._sync_from_provider = sync_from_provider
        self._clock = clock
        self._policy = policy
        self._bulk_expiry_guard = BulkExpiryGuard(policy)
        self._begin_waiting_time = BeginWaitingTime(GrantAccess(policy))

    async def __call__(self, subscription_id: SubscriptionId) -> None:
        """Check the subscription. While the provider does not respond, nothing is ended and the check is repeated
        (`next_check_at`).
        """
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is None or not subscription.live:
            return
        try:
            if self._is_to_wake(subscription):
                await self._sync_from_provider.wake(subscription)
            if await self._judge(subscription) is _Verdict.STILL_BILLED:
                await self._have_it_stopped(subscription)
        except GatewayRejected as refusal:
            await self._tell(subscription, ProviderRefuses, str(refusal))
        except RetryLater as outage:
            log.warning("subscription not checked", subscription=str(subscription.id), reason=str(outage))
            await self._look_again_soon(subscription.id, outage.delay)

    def _is_to_wake(self, subscription: Subscription) -> bool:
        """Return True if Umbral must ask the provider to resume the charges.

        Return False after a pause without an end date: the provider resumes without a request, or the seller paused the
        subscription there again.
        """
        is_due = access_policy.wakes(subscription, self._clock.now())
        return is_due and not subscription.on_hold and not subscription.paused_in_period

    async def _have_it_stopped(self, subscription: Subscription) -> None:
        """Stop the billing at the provider, then decide about the subscription. If the provider refuses, raise an alarm
        and make no decision.
        """
        try:
            await self._sync_from_provider.stop(subscription)
        except GatewayRejected as refusal:
            await self._tell(subscription, StillBilled, str(refusal))
            return
        if await self._judge(subscription, is_stopped=True) is _Verdict.STILL_BILLED:
            await self._tell(subscription, StillBilled, "the provider does not stop it")

    async def _look_again_soon(self, subscription_id: SubscriptionId, delay: timedelta | None) -> None:
        """Schedule another check soon, because the provider did not respond. `delay`: delay that the provider
        requested, if any.
        """
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id, lock=True)
            if subscription is not None:
                subscription.next_check_at = self._clock.now() + max(AFTER_OUTAGE, delay or AFTER_OUTAGE)
                await uow.subscriptions.save(subscription)
                if subscription.access_until is not None and subscription.access_until > self._clock.now():
                    # The schedule finds only ended access, and this check was due earlier.
                    checkagain = CheckAgain(subscription_id=subscription_id)
                    await uow.enqueue(checkagain.delayed_job(subscription.next_check_at, f"outlasts:{subscription_id}"))
                await uow.commit()

    async def _judge(self, known_subscription: Subscription, *, is_stopped: bool = False) -> _Verdict:
        """Fetch the subscription from the provider, and renew or end it if its state allows a decision. `is_stopped`:
        True if the billing was stopped just now.
        """
        snapshot = await self._sync_from_provider.fetch(known_subscription)
        now = await self._clock.confirm()
        is_unasked = snapshot is None and self._sync_from_provider.cannot_be_asked(known_subscription)
        goes_on = (
            is_unasked or provider_sync.still_running(snapshot, now) or provider_sync.is_paused_in_period(snapshot, now)
        )
        is_late = (
            goes_on
            and known_subscription.access_until is not None
            and known_subscription.access_until <= now
            and known_subscription.pause_until is None
        )
        is_given_up = _is_given_up(known_subscription, snapshot)
        is_unsettled = snapshot is not None and snapshot.unsettled
        has_news = (is_late or is_given_up) and await self._sync_from_provider.poll_payments(known_subscription)
        async with self._units() as uow:
            await uow.customers.get(known_subscription.customer_id, lock=True)
            subscription = await uow.subscriptions.get(known_subscription.id, lock=True)
            if subscription is None or not subscription.live:
                return _Verdict.DONE
            seen_before = subscription.synced_at
            state_before = (subscription.status, state_of(subscription))
            verdict = _Verdict.DONE
            if has_news and (is_unasked or is_given_up):
                await self._bulk_expiry_guard.spare(uow, subscription)
            else:
                verdict = await self._settle(uow, subscription, snapshot, now, is_stopped=is_stopped)
            if state_before != (subscription.status, state_of(subscription)):
                # The pause, status, plan or time changed, or the subscription ended. Access is updated only once,
                # because a second update would lock rows in the wrong order.
                await uow.subscriptions.save(subscription)
                await self._sync_from_provider.settle(uow, subscription, now)
            if is_late and not (has_news or is_unsettled or access_policy.stands_still(subscription)):
                await _watch(uow, subscription, seen_before, now)
            await uow.subscriptions.save(subscription)
            await uow.commit()
        return verdict

    async def _settle(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        snapshot: SubscriptionSnapshot | None,
        now: datetime,
        *,
        is_stopped: bool,
    ) -> _Verdict:
        if snapshot is not None and not is_stopped:
            await self._sync_from_provider.take(uow, subscription, snapshot, now)
        plan = await uow.plans.get(subscription.plan_id)
        grace = access_policy.grace_of(plan, self._policy.grace)
        is_over = subscription.live and access_policy.is_over(subscription, grace, now)
        is_unasked = snapshot is None and self._sync_from_provider.cannot_be_asked(subscription)
        if is_over and is_unasked and subscription.status is not SubscriptionStatus.PAST_DUE:
            is_over = provider_sync.end_silent_period(subscription, now)
        if not is_over:
            await self._bulk_expiry_guard.spare(uow, subscription)
            return _Verdict.DONE
        if _goes_on(subscription, snapshot, now):
            await self._bulk_expiry_guard.spare(uow, subscription)
            return _Verdict.DONE
        if snapshot is not None and snapshot.status is ProviderStatus.UNKNOWN:
            alarm = UnknownStatus(**subscription_facts(subscription), reason=snapshot.raw_status)
            await raise_once(uow, about_period(subscription, alarm), now)
            await self._bulk_expiry_guard.spare(uow, subscription)
            return _Verdict.DONE
        if not await self._bulk_expiry_guard.may_end(uow, subscription, now):
            return _Verdict.DONE
        lingers = _is_there(snapshot) and not self._sync_from_provider.ends_by_itself(subscription)
        if provider_sync.still_billed(snapshot, now) or lingers or (is_unasked and not is_stopped):
            return _Verdict.STILL_BILLED
        subscription.end("period_over", now)
        await self._begin_waiting_time(uow, subscription, now)
        await self._bulk_expiry_guard.note_end(uow, subscription)
        log.info("subscription ended", subscription=str(subscription.id))
        return _Verdict.DONE

    async def _tell(self, subscription: Subscription, kind: type[ProviderRefuses | StillBilled], reason: str) -> None:
        alarm = kind(**subscription_facts(subscription), reason=reason)
        async with self._units() as uow:
            await raise_once(uow, about_period(subscription, alarm), self._clock.now())
            await uow.commit()


def _goes_on(subscription: Subscription, snapshot: SubscriptionSnapshot | None, now: datetime) -> bool:
    """Return True if the provider reports a period that is paid or about to be paid.

    After a postponed charge only part of the period is paid, so a canceled subscription ends with the paid part. The
    same applies to free days granted while the provider had paused the charge for the period.
    """
    put_off = snapshot is not None and snapshot.charge_moved_to is not None
    is_uncharged = subscription.paused_in_period and not subscription.is_paused
    if (put_off or is_uncharged) and subscription.status is SubscriptionStatus.CANCELED:
        return False
    return provider_sync.still_running(snapshot, now) or provider_sync.is_paused_in_period(snapshot, now)


def _is_given_up(subscription: Subscription, snapshot: SubscriptionSnapshot | None) -> bool:
    """Return True if the provider stopped retrying a failed charge. The customer can still pay manually until the grace
    period ends.
    """
    has_ended = snapshot is not None and snapshot.status is ProviderStatus.ENDED
    return has_ended and subscription.status is SubscriptionStatus.PAST_DUE


def _is_there(snapshot: SubscriptionSnapshot | None) -> bool:
    """Return True if the subscription exists at the provider, even if paused."""
    return snapshot is not None and snapshot.status is not ProviderStatus.ENDED


async def _watch(uow: UnitOfWork, subscription: Subscription, seen_before: datetime | None, now: datetime) -> None:
    """Raise an alarm if the next period began some time ago but no payment for it was recorded and nothing explains
    why.
    """
    end = subscription.access_until
    if end is None or await alarm_causes.is_payment_accounted_for(uow, subscription):
        return
    if seen_before is not None and seen_before >= end + provider_sync.PATIENCE:
        alarm = PaymentEventMissing(**subscription_facts(subscription), since=end)
        await raise_once(uow, about_period(subscription, alarm), now)
