"""Polling of a provider for a subscription's data and payments, so that lost webhooks have no lasting effect."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmLink, ByCheck, OfSubscription
from subscriptions.application.alarms.alarms import about_period, raise_once, subscription_facts
from subscriptions.application.inbox.watch_providers import EACH_EVERY, LISTED_AT
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import Recorder
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

WHILE_AWAY: Final = timedelta(hours=6)
"""Delay after which a routine check polls an unreachable provider again."""
UNPAID_WHILE_AWAY: Final = timedelta(minutes=10)
"""Delay before an unreachable provider is polled again about a subscription whose charge failed."""
UNKNOWN, PAYMENT, PAUSE, CANCELLATION, PLAN, PRICE, STATUS = (
    "unknown",
    "payment",
    "pause",
    "cancellation",
    "plan",
    "price",
    "status",
)
"""Kinds of differences between the provider's data and Umbral's records. `unknown`: the provider does not know the
subscription.
"""


class ProviderRefuses(OfSubscription):
    """Alarm: the provider refuses to report the state of a subscription."""

    name = "provider_refuses"
    closes = ByCheck(alarm_causes.answered_since)
    link = AlarmLink.RECONCILE
    reason: str


@dataclass(frozen=True)
class PollSubscription:
    """Use case that fetches the data of one live subscription and applies it. The subscription is never ended here."""

    units: UnitOfWorkFactory
    sync_from_provider: SyncFromProvider
    clock: Clock

    async def __call__(self, subscription_id: SubscriptionId) -> bool:
        """Fetch and apply the subscription's data. Return True if the records now match the provider's data. Return
        False if a new payment is still to be processed, or if the provider rejected the request.

        Raises RetryLater while the provider is unreachable.
        """
        async with self.units() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
        if subscription is None or not subscription.live or subscription.provider_ref is None:
            return True
        return await self._compare(subscription, self.compare(subscription))

    async def in_turn(self, subscription_id: SubscriptionId, *, rest: timedelta = WHILE_AWAY) -> None:
        """Fetch and apply the subscription's data in a routine check.

        While the provider is unreachable, raise RetryLater with the delay `rest`, which is long enough that the checks
        of all subscriptions do not fill the queue.
        """
        try:
            await self(subscription_id)
        except GatewayUnavailable as error:
            raise RetryLater(str(error), delay=rest) from None

    async def compare(self, subscription: Subscription, *, dry_run: bool = False) -> Sequence[str]:
        """Return the kinds of differences between the provider's data and the record. Apply the data unless `dry_run`
        is True. Raises gateway errors.
        """
        snapshot = await self.sync_from_provider.fetch(subscription)
        is_unasked, differences = self.sync_from_provider.cannot_be_asked(subscription), list[str]()
        async with self.units() as uow:
            counted_until = await uow.ledger.counted_until([subscription.id])
        ask = is_unasked or _may_be_paid(subscription, snapshot, counted_until.get(subscription.id))
        if ask and await self.sync_from_provider.poll_payments(subscription, dry_run=dry_run):
            differences.append(PAYMENT)
        if snapshot is None:
            return differences if is_unasked else [*differences, UNKNOWN]
        by_now = await self.sync_from_provider.apply(subscription, snapshot, dry_run=dry_run)
        return [*differences, *(_changes(subscription, by_now) if by_now is not None else ())]

    async def all_listed(self, provider: str) -> None:
        """Fetch and apply the data of every subscription that a provider lists. These subscriptions are not polled
        individually for a day.

        Subscriptions that are missing in the list are still polled individually, also if the provider becomes
        unreachable before the end of the list.
        """
        async with self.units() as uow:
            await uow.variables.set(LISTED_AT.for_subject(provider), self.clock.now())
            await uow.commit()
        try:
            async for page in self.list_pages(provider):
                for subscription, differs in page:
                    if differs:
                        await self._compare(subscription, self.compare(subscription))
                async with self.units() as uow:
                    await uow.subscriptions.note_asked(
                        [subscription.id for subscription, _ in page], self.clock.now() + EACH_EVERY
                    )
                    await uow.commit()
        except GatewayUnavailable as error:
            log.warning("subscriptions cannot be listed for now", provider=provider, reason=str(error))

    async def list_pages(self, provider: str) -> AsyncIterator[Sequence[tuple[Subscription, bool]]]:
        """Yield the live subscriptions on each page of the provider's list, each with True if the provider's data
        differs from the record.

        Nothing is changed. A list may lack details, so the data of a subscription with a difference must be fetched
        individually. Raises GatewayUnavailable.
        """
        async for page in self.sync_from_provider.list_pages(provider):
            yield await self._find_differences(provider, page)

    async def _find_differences(
        self, provider: str, page: Sequence[SubscriptionSnapshot]
    ) -> Sequence[tuple[Subscription, bool]]:
        now, subscription_snapshots = self.clock.now(), {each.ref: each for each in page}
        compared_pairs = list[tuple[Subscription, bool]]()
        async with self.units() as uow:
            live = await uow.subscriptions.live_named(provider, subscription_snapshots.keys())
            counted_until = await uow.ledger.counted_until([each.id for each in live])
            for subscription in live:
                snapshot = subscription_snapshots[subscription.provider_ref or ""]
                by_then = replace(subscription, events=Recorder())
                await self.sync_from_provider.take(uow, by_then, snapshot, now)
                is_paid = _may_be_paid(subscription, snapshot, counted_until.get(subscription.id))
                differs = bool(_changes(subscription, by_then)) or _period(subscription) != _period(by_then)
                compared_pairs.append(
                    (subscription, is_paid or differs or (snapshot.held and not subscription.on_hold))
                )
        return compared_pairs

    async def _compare(self, subscription: Subscription, comparison: Awaitable[Sequence[str]]) -> bool:
        """Await a comparison with the provider's data. Return False if it found a payment that is still to be
        processed, or if the provider rejected the request, of which the owners are alerted. Return True otherwise.
        """
        try:
            differences = await comparison
        except GatewayRejected as refusal:
            await self._tell(subscription, refusal)
            return False
        if differences:
            log.info("subscription was otherwise at its provider", subscription=str(subscription.id), found=differences)
        return PAYMENT not in differences

    async def _tell(self, subscription: Subscription, refusal: GatewayRejected) -> None:
        alarm = about_period(subscription, ProviderRefuses(**subscription_facts(subscription), reason=str(refusal)))
        async with self.units() as uow:
            await raise_once(uow, alarm, self.clock.now())
            await uow.commit()


def _may_be_paid(
    subscription: Subscription, snapshot: SubscriptionSnapshot | None, counted_at: datetime | None
) -> bool:
    """Return True if the provider may have been paid: it reports no payment due although Umbral has a failed charge on
    record, or its period is later than the last period counted.

    Granted time may last longer and does not count.
    """
    if snapshot is not None and subscription.status is SubscriptionStatus.PAST_DUE:
        # A subscription that the provider stopped charging may have been paid manually.
        return snapshot.status in {ProviderStatus.ACTIVE, ProviderStatus.ENDED}
    if snapshot is None or snapshot.status is not ProviderStatus.ACTIVE:
        return False
    if counted_at is None:
        return True
    # A period whose charge was postponed brings no further payment.
    end = snapshot.current_period_end if snapshot.charge_moved_to is None else None
    return end is not None and end > counted_at


def _changes(subscription: Subscription, by_now: Subscription) -> Sequence[str]:
    values_by_kind = {
        PAUSE: ((subscription.paused_for, subscription.pause_until), (by_now.paused_for, by_now.pause_until)),
        CANCELLATION: (_stops(subscription), _stops(by_now)),
        PLAN: ((subscription.plan_id, subscription.next_plan_id), (by_now.plan_id, by_now.next_plan_id)),
        PRICE: (subscription.price, by_now.price),
    }
    kinds = [kind for kind, (ours, theirs) in values_by_kind.items() if ours != theirs]
    return kinds or ([STATUS] if subscription.status is not by_now.status else [])


def _period(subscription: Subscription) -> tuple[datetime | None, datetime | None]:
    return subscription.current_period_start, subscription.current_period_end


def _stops(subscription: Subscription) -> bool:
    return subscription.status is SubscriptionStatus.CANCELED or subscription.cancel_at_period_end
