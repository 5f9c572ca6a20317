"""Fetching of a subscription's current data from its provider, and its application to the records."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.dto import jobs
from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.poll_payments import PollPayments
from subscriptions.application.subscriptions.sync_plan import SyncPlan
from subscriptions.domain.entities.ledger import (
    CUTS,
    LedgerEntry,
    LedgerKind,
    access_until,
    apart_until,
    plan_billed,
    taken_back,
)
from subscriptions.domain.entities.subscription import DISPUTE_LOST, PROVIDER, REFUNDED, Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayRegistry,
    GatewayRejected,
    ListsSubscriptions,
    PausesSubscriptions,
    PaymentEvent,
    PaymentGateway,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, provider_sync

log = structlog.get_logger(__name__)


class SyncFromProvider:
    """Service that fetches a subscription's data from its provider and applies it."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock, policy: Policy) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._sync_plan = SyncPlan(policy)
        self._grant_access = GrantAccess(policy)
        self._poll_payments = PollPayments(units, gateways, clock)

    async def fetch(self, subscription: Subscription) -> SubscriptionSnapshot | None:
        """Return the provider's data. Return None if no provider manages the subscription or the provider no longer
        knows it.

        Raises gateway errors, and RetryLater for a provider that is not configured in this process.
        """
        if subscription.provider is None or subscription.provider_ref is None:
            return None
        return await self._gateway(subscription.provider).fetch_subscription(subscription.provider_ref)

    async def list_pages(self, provider: str) -> AsyncIterator[Sequence[SubscriptionSnapshot]]:
        """Yield the pages of a provider's list of subscriptions. Nothing is yielded if the provider has no list or
        refuses to return it. If a page cursor repeats, the list ends. Raises GatewayUnavailable.
        """
        gateway, after_next, cursors = self._gateways.get(provider), None, set[str | None]()
        while isinstance(gateway, ListsSubscriptions) and after_next not in cursors:
            cursors.add(after_next)
            try:
                page = await gateway.list_subscriptions(after_next)
            except GatewayRejected as refusal:
                log.warning("subscriptions cannot be listed", provider=provider, reason=str(refusal))
                return
            yield page.snapshots
            after_next = page.next
            if after_next is None:
                return

    async def poll_payments(self, subscription: Subscription, *, dry_run: bool = False) -> bool:
        """Fetch and store the subscription's new payments. Return True if the provider reported one. `dry_run`: True to
        store nothing.

        Return False if the provider has no request for payments. Raises gateway errors.
        """
        return await self._poll_payments(subscription, dry_run=dry_run)

    def ends_by_itself(self, subscription: Subscription) -> bool:
        """Return True if the provider ends a canceled subscription automatically at the end of its period. Other
        providers must be requested to end it at that time.
        """
        gateway = self._gateways.get(subscription.provider or "")
        return gateway is None or Capability.CANCEL_AT_PERIOD_END in gateway.capabilities

    async def stop(self, subscription: Subscription) -> bool:
        """Cancel all further charges now. Return False if the provider does not know the subscription or cannot cancel
        it. Raises the same errors as `fetch`.
        """
        if subscription.provider is None or subscription.provider_ref is None:
            return True
        gateway = self._gateway(subscription.provider)
        return await gateway.cancel_subscription(subscription.provider_ref, at_period_end=False)

    async def wake(self, subscription: Subscription) -> None:
        """Resume charges at the end of a pause that the customer requested, so that the next period is charged. Raises
        the same errors as `fetch`.
        """
        gateway = self._gateway(subscription.provider or "")
        if isinstance(gateway, PausesSubscriptions) and subscription.provider_ref is not None:
            await gateway.end_pause(subscription.provider_ref, at_once=False)

    def cannot_be_asked(self, subscription: Subscription) -> bool:
        """Return True if the provider charges the subscription repeatedly but has no request for its data. Raises the
        same errors as `fetch`.
        """
        if subscription.provider is None or not subscription.renews:
            return False
        return Capability.FETCH not in self._gateway(subscription.provider).capabilities

    async def confirm(self, subscription: Subscription, *, is_canceled: bool) -> Subscription | None:
        """Return the subscription after the provider confirmed a cancellation, or the undoing of one. Return None if
        the provider does not know the subscription.

        The subscription is synced again. If the provider has no request for its data, the confirmation itself is
        applied. Raises the same errors as `fetch`.
        """
        snapshot = await self.fetch(subscription)
        if snapshot is not None:
            return await self.apply(subscription, snapshot, is_canceled=is_canceled)
        if Capability.FETCH in self._gateway(subscription.provider or "").capabilities:
            return None
        async with self._units() as uow:
            fresh = await uow.subscriptions.get(subscription.id, lock=True)
            if fresh is not None and fresh.provider_ref == subscription.provider_ref:
                provider_sync.apply_confirmed_change(fresh, self._clock.now(), is_canceled=is_canceled)
                await uow.subscriptions.save(fresh)
                await uow.commit()
            return fresh

    def _gateway(self, provider: str) -> PaymentGateway:
        gateway = self._gateways.get(provider)
        if gateway is None:
            raise RetryLater(f"provider {provider} is not configured in this process")
        return gateway

    async def apply(
        self,
        known_subscription: Subscription,
        snapshot: SubscriptionSnapshot,
        *,
        dry_run: bool = False,
        is_canceled: bool = False,
    ) -> Subscription | None:
        """Apply the snapshot in a separate unit of work, which is rolled back if `dry_run` is True. Return the
        subscription; None if it does not exist. A snapshot of a subscription that was replaced at its provider in the
        meantime is not applied.

        `is_canceled`: True if Umbral has just canceled the subscription at the provider
        """
        now = self._clock.now()
        async with self._units() as uow:
            await uow.customers.get(known_subscription.customer_id, lock=True)
            subscription = await uow.subscriptions.get(known_subscription.id, lock=True)
            if subscription is not None and subscription.provider_ref == snapshot.ref:
                state_before = state_of(subscription)
                await self.take(uow, subscription, snapshot, now)
                if is_canceled and snapshot.status is ProviderStatus.ENDED:
                    # The provider did not give up a failed charge: it ended the subscription because of our request.
                    subscription.cancel(now=now, at_period_end=False)
                await uow.subscriptions.save(subscription)
                if state_before != state_of(subscription):
                    await self.settle(uow, subscription, now)
                if not dry_run:
                    await uow.commit()
            return subscription

    async def take(
        self, uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime
    ) -> None:
        """Apply the provider's data, including plan and price. The caller saves the subscription."""
        if snapshot.ref != subscription.provider_ref:
            return
        await self._sync_plan(uow, subscription, snapshot, now)
        await sync_subscription(uow, self._grant_access, subscription, snapshot, now)
        await outlast(uow, subscription, snapshot, now)
        wakes = access_policy.wakes_at(subscription)
        if wakes is not None and wakes > now and subscription.renews and not subscription.is_paused:
            # A customer with granted days is not checked before these days end.
            check = jobs.CheckSubscription(subscription_id=subscription.id)
            await uow.enqueue(check.delayed_job(wakes, f"wakes:{subscription.id}:{wakes.isoformat()}"))

    async def settle(self, uow: UnitOfWork, subscription: Subscription, now: datetime) -> None:
        """Grant or end the customer's access, as the subscription requires after an update. The subscription must have
        been saved.
        """
        customer = await uow.customers.get(subscription.customer_id)
        plan = await uow.plans.get(subscription.plan_id)
        if customer is not None and plan is not None:
            await self._grant_access.settle(uow, subscription, customer, plan, now)


def state_of(subscription: Subscription) -> tuple[object, ...]:
    """Return the data of a subscription that the customer's access follows."""
    return subscription.live, subscription.is_paused, subscription.plan_id, subscription.access_until


async def sync_subscription(
    uow: UnitOfWork,
    grant_access: GrantAccess,
    subscription: Subscription,
    snapshot: SubscriptionSnapshot,
    now: datetime,
    event: PaymentEvent | None = None,
) -> None:
    """Apply a provider's data to a subscription, and add time that the provider granted without a charge to the ledger.
    The caller saves the subscription. Data about another subscription, such as one that was replaced, is not applied.

    `event`: event because of which the data was fetched, see `sync_from_provider`; None without an event
    """
    if snapshot.ref != subscription.provider_ref:
        return
    await uow.of(FACTS_KEY).report(subscription.id, snapshot)
    waived = provider_sync.waived_period(subscription, snapshot)
    free_time = waived or provider_sync.free_period(subscription, snapshot)
    is_paused = snapshot.status is ProviderStatus.PAUSED
    entries = await uow.ledger.of_subscription(subscription.id)
    is_refused = snapshot.status is ProviderStatus.PAST_DUE
    end_reason = await _taken_back(uow, subscription, entries, now) if is_refused else None
    own_until = await _own_days_until(uow, subscription, snapshot, now) if is_paused else None
    provider_sync.sync_from_provider(
        subscription,
        snapshot,
        now,
        event,
        has_own_days=own_until is not None,
        entries=entries,
        taken_back=end_reason,
        outlives_grace=await _outlives_grace(uow, grant_access, subscription, snapshot, entries),
    )
    if own_until is not None and not subscription.is_paused:
        # After these days, the pause removes the customer.
        check = jobs.CheckSubscription(subscription_id=subscription.id)
        await uow.enqueue(check.delayed_job(own_until, f"paused:{subscription.id}:{own_until.isoformat()}"))
    if free_time is None:
        return
    start, length = free_time
    if waived is not None:
        subscription.settle_debt(start, start + length)
    entry = LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.FREE_PERIOD,
        source_key=f"{subscription.provider}:{snapshot.ref}:until:{(start + length).isoformat()}",
        starts_at=start,
        length=length,
        plan_id=plan_billed(entries, start, subscription.plan_id, subscription.billed_plan_id),
        note="waived by the seller" if waived is not None else "free until the provider charges again",
        created_at=now,
    )
    await grant_access.enter(uow, subscription, entry)


async def _outlives_grace(
    uow: UnitOfWork,
    grant_access: GrantAccess,
    subscription: Subscription,
    snapshot: SubscriptionSnapshot,
    entries: Sequence[LedgerEntry],
) -> bool:
    """Return True if the customer's time lasts beyond the grace period that was announced when a charge failed, for
    example because of a gift since then. Needed only once the provider has ended the subscription.

    A suspension since then moves the customer's time and the grace period alike, so it does not count.
    """
    failed_at = subscription.owed_since
    if snapshot.status is not ProviderStatus.ENDED or failed_at is None:
        return False
    plan = await uow.plans.get(subscription.plan_id)
    end_then = access_until([entry for entry in entries if entry.created_at <= failed_at])
    end = access_until([entry for entry in entries if entry.created_at <= failed_at or not entry.is_suspension])
    return end is not None and end >= max(end_then or failed_at, failed_at) + grant_access.grace_of(plan)


async def _taken_back(
    uow: UnitOfWork, subscription: Subscription, entries: Sequence[LedgerEntry], now: datetime
) -> str | None:
    """Return the end reason of a subscription whose last period paid by its customer was refunded or lost in a dispute.
    Return None if the customer's money of that period is still there. Gifts are other people's money.
    """
    if not any(entry.kind in CUTS for entry in entries):
        return None
    payments = [await uow.payments.get(each) for each in {entry.payment_id for entry in entries} if each is not None]
    own = {each.id for each in payments if each is not None and each.customer_id == subscription.customer_id}
    kind = taken_back(entries, own, now)
    return None if kind is None else DISPUTE_LOST if kind is LedgerKind.DISPUTE else REFUNDED


async def outlast(
    uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot | None, now: datetime
) -> None:
    """End the provider's pause of a subscription that ended at the provider, once the provider's last period is over.
    The customer's time after that period has another source, so the pause does not apply to it.

    Before the end of the period, the pause is kept and a check at that end is scheduled. The caller saves the
    subscription, and updates the customer's access if the pause has ended.
    """
    if snapshot is None or snapshot.status is not ProviderStatus.ENDED or PROVIDER not in subscription.paused_for:
        return
    period, access_end = subscription.current_period_end, subscription.access_until
    if not subscription.live or period is None or access_end is None or period >= access_end:
        return
    if now < period:
        check = jobs.CheckSubscription(subscription_id=subscription.id)
        await uow.enqueue(check.delayed_job(period, f"outlasts:{subscription.id}"))
    elif now < access_end:
        subscription.resume(PROVIDER, now)


async def _own_days_until(
    uow: UnitOfWork, subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime
) -> datetime | None:
    """Return the end of the customer's current time from sources other than the provider's current period. Return None
    if there is no such time.

    A provider that reports no period during a pause charges nothing from then on, so all of the time was paid before
    or granted.
    """
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    return apart_until(snapshot.current_period_start or now, entries, now)
