"""Pause of billing at the provider while the customer's access is suspended."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.dto.policy import Policy
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.ledger import UNCHARGED_SOURCE, LedgerEntry, LedgerKind
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    PausesBilling,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.ports.writing.ledger import LEDGER

log = structlog.get_logger(__name__)

_COUNTED_BY: Final = timedelta(minutes=1)
"""Delay before the job runs again after a payment was found at the provider; by then the payment has been processed."""


class PauseBilling:
    """Job that pauses billing at the provider while access is suspended, and resumes it afterwards. Repeated or
    reordered jobs lead to the same result.

    If the provider cannot pause billing, its charges during the suspension pay for time after the suspension.
    """

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        sync_from_provider: SyncFromProvider,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._units = units
        self._gateways = gateways
        self._sync_from_provider = sync_from_provider
        self._clock = clock
        self._grant_access = GrantAccess(policy)

    async def __call__(self, subscription_id: SubscriptionId, rest_start: datetime | None = None) -> None:
        """Pause or resume billing. `rest_start`: start of the suspension that has ended. Raises RetryLater and gateway
        errors, after which the job runs again.
        """
        known_subscription = await self._load(subscription_id)
        while known_subscription is not None:
            is_done = await self._follow(known_subscription)
            if is_done is not None:
                await self._learn_charge(known_subscription)
            subscription = await self._load(subscription_id)
            if is_done is None or subscription is None or subscription.on_hold is known_subscription.on_hold:
                break
            # The suspension changed during the request, so the latest state is sent.
            known_subscription = subscription
        if known_subscription is not None and rest_start is not None and not known_subscription.on_hold:
            await self._bridge(known_subscription, rest_start)

    async def _learn_charge(self, known_subscription: Subscription) -> None:
        """Fetch the next charge again, because the provider's last report was made before the pause began or ended.

        If the provider does not respond, the old report is discarded, so that no notice announces an outdated amount.
        Raises RetryLater and gateway errors.
        """
        snapshot = await self._sync_from_provider.fetch(known_subscription)
        if snapshot is not None and snapshot.upcoming is not None:
            await self._sync_from_provider.apply(known_subscription, snapshot)
            return
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(known_subscription.id, lock=True)
            if subscription is not None and subscription.upcoming is not None:
                subscription.learn(None)
                subscription.next_reminder_at = None
                await uow.subscriptions.save(subscription)
                await uow.commit()

    async def _load(self, subscription_id: SubscriptionId) -> Subscription | None:
        """Return the live subscription if a provider manages it. Return None otherwise, and also if billing is to be
        stopped and access is not suspended, so that paused charges are not resumed.
        """
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is None or not subscription.live or subscription.provider_ref is None:
            return None
        is_stopping = subscription.billing_stopped_at is not None and not subscription.on_hold
        return None if is_stopping else subscription

    async def _follow(self, subscription: Subscription) -> bool | None:
        """Request the provider to pause or resume billing, depending on whether access is suspended. Return True if the
        provider did so, and None if the provider cannot pause billing.
        """
        provider, ref = subscription.provider or "", subscription.provider_ref or ""
        gateway = self._gateways.get(provider)
        if gateway is None:
            raise RetryLater(f"provider {provider} is not configured in this process")
        if not isinstance(gateway, PausesBilling):
            return None
        if not subscription.on_hold:
            is_done = await gateway.release_charges(ref)
        else:
            # A canceled subscription is not charged again. If the cancellation is undone, the subscription is checked
            # again.
            is_done = not subscription.renews or await gateway.pause_billing(ref)
        log.info("charges follow", subscription=str(subscription.id), held=subscription.on_hold, at_provider=is_done)
        return is_done

    async def _bridge(self, known_subscription: Subscription, rest_start: datetime) -> None:
        """Grant time until the provider's next charge after a suspension, because the current period was not charged.
        Nothing is granted if the customer has time from another source until then, or if the period was charged after
        all.

        Raises RetryLater while a payment that was just found is still being processed.
        """
        if not isinstance(self._gateways.get(known_subscription.provider or ""), PausesBilling):
            return
        if await self._sync_from_provider.poll_payments(known_subscription):
            raise RetryLater("what was charged during a rest is being counted", delay=_COUNTED_BY)
        snapshot = await self._sync_from_provider.fetch(known_subscription)
        async with self._units() as uow:
            subscription = await uow.subscriptions.get(known_subscription.id, lock=True)
            if subscription is None or not subscription.live or subscription.is_paused or snapshot is None:
                return
            if subscription.billing_stopped_at is not None:
                # There is no next charge until which access could be granted.
                return
            entry = _bridge(subscription, snapshot, rest_start, self._clock.now())
            if entry is not None:
                await uow.write(LEDGER).add_if_new(entry)
                await self._grant_access.recount(uow, subscription)
                await uow.subscriptions.save(subscription)
                await self._sync_from_provider.settle(uow, subscription, self._clock.now())
                await uow.commit()


def _bridge(
    subscription: Subscription, snapshot: SubscriptionSnapshot, rest_start: datetime, now: datetime
) -> LedgerEntry | None:
    began, charged_at, end = snapshot.current_period_start, snapshot.current_period_end, subscription.access_until
    if snapshot.status is not ProviderStatus.ACTIVE or began is None or charged_at is None or end is None:
        return None
    if began < rest_start or charged_at <= max(end, now):
        return None
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.COMPENSATION,
        source_key=f"{UNCHARGED_SOURCE}:{subscription.id}:{charged_at.isoformat()}",
        starts_at=now,
        length=charged_at - max(end, now),
        plan_id=subscription.plan_id,
        created_at=now,
    )
