"""Polling of the events that a provider recorded in a time span. The events are stored in the same way as webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause, News
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.domain.entities.reversal import FINAL_STATES, Dispute, DisputeStatus, RefundStatus
from subscriptions.domain.entities.variable import moment
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    GatewayRejected,
    GatewayUnavailable,
    ListsEvents,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

RECEIVED_UNTIL: Final = moment("heard_until")
"""Time up to which a provider's events have been polled, keyed by provider."""
SETTLES: Final = timedelta(minutes=5)
"""Time that a webhook may take to arrive. More recent events are not polled yet."""
OVERLAP: Final = timedelta(hours=4)
"""Overlap of successive polls, because a provider's event list may be up to three hours late; includes an hour of
reserve.
"""
SPAN: Final = timedelta(days=1)
"""Maximum time span of one poll, so that its events fit into memory. After an outage, the days are
polled one by one.
"""
REACHES: Final = timedelta(days=30)
"""Time for which providers keep events in their lists, and therefore the maximum age of polled events."""
_AT_ONCE: Final = 100
_SAME_DECISION: Final = timedelta(hours=1)
"""Maximum time between two reports of the same decision about a dispute."""
SILENT_SINCE: Final = moment("provider_silent_since")
"""Time since which a provider has not responded, keyed by provider; empty while the provider responds."""
REPORTED_AFTER: Final = timedelta(minutes=5)
"""Length of an outage after which the owners are alerted. Most outages are shorter."""


class EventsNotListed(AlarmKind):
    """Alarm: the provider's events can't be listed, so a refund or dispute whose webhook was lost would not
    be noticed.
    """

    name = "events_not_listed"
    closes = ByCause()
    link = AlarmLink.METHODS
    provider: str
    reason: str


class ProviderSilent(AlarmKind):
    """Alarm: a provider does not respond, so customers can't pay with it and no events arrive. `since`: time of the
    first failed request.
    """

    name = "provider_silent"
    closes = ByCause()
    link = AlarmLink.HIDE_METHOD
    page = AlarmLink.METHODS
    provider: str
    since: datetime


class ProviderBack(AlarmKind):
    """Alarm: a provider responds again, but staff hid its payment method during the outage."""

    name = "provider_back"
    closes = News()
    link = AlarmLink.METHODS
    provider: str
    since: datetime


@dataclass(frozen=True)
class PollEvents:
    """Use case that polls one provider's events since the last poll. Each event is stored once."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self, provider: str) -> None:
        """Poll the events. A time span that was polled completely is not polled again after an outage.

        The schedule repeats the poll every minute until the provider responds, so the job itself is not retried.
        """
        now = self.clock.now()
        async with self.units() as uow:
            received_until = await uow.variables.get(RECEIVED_UNTIL.for_subject(provider))
        begun_at = received_until or now
        start, end = max(begun_at - OVERLAP, now - REACHES), now - SETTLES
        try:
            while start < end:
                window_end = min(start + SPAN, end)
                await self.fetch_between(provider, start, window_end)
                await self._remember(provider, window_end)
                start = window_end
        except GatewayUnavailable as error:
            log.warning("events cannot be asked for now", provider=provider, reason=str(error))
            await self._note_silence(provider, now)
        except GatewayRejected as refusal:
            log.error("events cannot be listed", provider=provider, reason=str(refusal))
            await self._keep_alarm(provider, now, EventsNotListed(provider=provider, reason=str(refusal)))
            await self._note_answer(provider, now)
        else:
            await self._keep_alarm(provider, now, None)
            await self._note_answer(provider, now)

    async def _note_silence(self, provider: str, now: datetime) -> None:
        """Record that the provider does not respond, and alert the owners if the outage lasts longer than
        `REPORTED_AFTER`.
        """
        async with self.units() as uow:
            silent_since = await uow.variables.get(SILENT_SINCE.for_subject(provider))
            if silent_since is None:
                await uow.variables.set(SILENT_SINCE.for_subject(provider), now)
            elif abs(now - silent_since) >= REPORTED_AFTER:
                alarm = ProviderSilent(provider=provider, since=silent_since)
                await keep_alarm(uow, ProviderSilent, provider, alarm, now)
            await uow.commit()

    async def _note_answer(self, provider: str, now: datetime) -> None:
        """Record that the provider responds, close the alarm, and remind staff of a payment method that they hid in the
        outage.
        """
        async with self.units() as uow:
            silent_since = await uow.variables.get(SILENT_SINCE.for_subject(provider))
            if silent_since is None:
                return
            await uow.variables.set(SILENT_SINCE.for_subject(provider), None)
            await keep_alarm(uow, ProviderSilent, provider, None, now)
            methods = {method.provider: method for method in await uow.payment_methods.all()}
            method = methods.get(provider)
            if method is not None and not method.enabled and method.changed_at >= silent_since:
                recovery = ProviderBack(provider=provider, since=silent_since)
                uow.record(recovery.raise_event(f"{ProviderBack.name}:{provider}:{silent_since.isoformat()}"))
            await uow.commit()

    async def fetch_between(
        self, provider: str, start: datetime, end: datetime, *, dry_run: bool = False
    ) -> Sequence[PaymentEvent]:
        """Return the new events from `start` until before `end`, and store them unless `dry_run` is True.

        The result is empty if the provider lists no events or is disabled. Raises gateway errors.
        """
        gateway = self.gateways.get(provider)
        if not isinstance(gateway, ListsEvents):
            return ()
        return await self.store(provider, await gateway.list_events(start, end), dry_run=dry_run)

    async def store(
        self, provider: str, events: Sequence[PaymentEvent], *, dry_run: bool = False
    ) -> Sequence[PaymentEvent]:
        """Return the events that are new, and store them unless `dry_run` is True."""
        new_events = list[PaymentEvent]()
        for start in range(0, len(events), _AT_ONCE):
            some = events[start : start + _AT_ONCE]
            async with self.units() as uow:
                stored_keys = await uow.inbox.stored_keys(provider, [event.event_key for event in some])
                new_events += [e for e in some if e.event_key not in stored_keys and await self._store(uow, e)]
                if not dry_run:
                    await uow.commit()
        if new_events and not dry_run:
            log.info("events found by asking", provider=provider, events=len(new_events), kinds=_kinds(new_events))
        return new_events

    async def _store(self, uow: UnitOfWork, event: PaymentEvent) -> bool:
        return not await is_on_record(uow, event) and await store_if_new(uow, event, self.clock.now())

    async def _remember(self, provider: str, end: datetime) -> None:
        async with self.units() as uow:
            await uow.variables.set(RECEIVED_UNTIL.for_subject(provider), end)
            await uow.commit()

    async def _keep_alarm(self, provider: str, now: datetime, alarm: EventsNotListed | None) -> None:
        async with self.units() as uow:
            await keep_alarm(uow, EventsNotListed, provider, alarm, now)
            await uow.commit()


async def is_on_record(uow: UnitOfWork, event: PaymentEvent) -> bool:
    """Return True if the payment, refund or dispute of the event is recorded, even if it was reported by another
    event.
    """
    provider, key = event.provider, event.payment_key
    if key is None:
        return False
    if event.kind is PaymentEventKind.PAYMENT_COMPLETED:
        return await uow.payments.by_key(provider, key) is not None
    if event.kind is PaymentEventKind.REFUND:
        refund = await uow.reversals.refund_by_key(provider, key)
        return refund is not None and (event.reason != "reversed" or refund.status is RefundStatus.REVERSED)
    if event.kind in {PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED}:
        dispute = await uow.reversals.dispute_by_key(provider, key)
        if dispute is None or event.kind is PaymentEventKind.DISPUTE_CLOSED:
            return dispute is not None and dispute.status in FINAL_STATES and not _is_later(event, dispute)
        return dispute.status is not DisputeStatus.INQUIRY or event.reason == INQUIRY
    return False


def _is_later(event: PaymentEvent, dispute: Dispute) -> bool:
    """Return True if a decision was reported so long after the recorded one that it may be another decision."""
    return dispute.closed_at is not None and event.occurred_at > dispute.closed_at + _SAME_DECISION


def _kinds(events: Sequence[PaymentEvent]) -> list[str]:
    return sorted({str(event.kind) for event in events})
