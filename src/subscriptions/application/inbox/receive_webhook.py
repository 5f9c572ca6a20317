"""Reception of webhooks: verify the delivery, store it once, and answer. All other work happens after the provider's
request is answered. Events found by polling are stored in the same way.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause
from subscriptions.application.inbox.delivery_store import DeliveryStore
from subscriptions.domain.entities.variable import second
from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    InvalidSignature,
    PaymentEvent,
    PaymentEventKind,
    UntimelySignature,
    WebhookRequest,
)
from subscriptions.domain.ports.repositories.inbox import Deliveries, InboxEntry, InboxStatus, Origin
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

REFUSED_OFTEN: Final = 5
REFUSED_WITHIN: Final = timedelta(hours=1)


InDoubt = Callable[[], bool]


class WebhooksRefused(AlarmKind):
    """Alarm: the provider's webhooks are not signed with the configured secret."""

    name = "webhooks_refused"
    closes = ByCause()
    link = AlarmLink.METHODS
    provider: str


class WebhooksUntimely(AlarmKind):
    """Alarm: the signature timestamp of a provider's webhooks is wrong. `signed`: the timestamp, by the provider's
    clock.
    """

    name = "webhooks_untimely"
    closes = ByCause()
    provider: str
    signed: str


UNTIMELY_AT: Final = second("webhooks_untimely")
"""Time at which a provider last sent a webhook whose signature timestamp was wrong, keyed by provider."""


class UnknownProvider(LookupError):
    """Error: the provider does not exist or is not configured, so there is no webhook endpoint for it."""


class ReceiveWebhook:
    """Use case that stores one delivery of one provider."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        deliveries: Deliveries,
        gateways: GatewayRegistry,
        clock: Clock,
        in_doubt: InDoubt = lambda: False,
    ) -> None:
        """Create the use case. `in_doubt`: function that returns True while the local time is uncertain."""
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._in_doubt = in_doubt
        self._delivery_store = DeliveryStore(units, deliveries)
        # Deliveries with a wrong time are serialized, so that they use only one database connection.
        self._lock = asyncio.Lock()
        # Refusals are kept only in memory: an unauthenticated sender can cause five stored timestamps per provider, but
        # no rows.
        self._refusals: dict[str, deque[datetime]] = defaultdict(partial(deque[datetime], maxlen=REFUSED_OFTEN))
        self._last_alarms: dict[str, date] = {}
        self._reported_untimely: dict[str, str] = {}

    def knows(self, provider: str) -> bool:
        """Return True if the provider is configured, so that there is a webhook endpoint for it."""
        return self._gateways.get(provider) is not None

    async def __call__(self, provider: str, headers: dict[str, str], body: bytes, remote_ip: str | None = None) -> bool:
        """Store a delivery. Return True if it is new, False if it was stored before.

        A transmission id that another event used is refused as a replay. Raises UnknownProvider, InvalidSignature and
        MalformedWebhook, and RetryLater if the database, or the provider during verification, does not respond.
        """
        gateway = self._gateways.get(provider)
        if gateway is None:
            raise UnknownProvider(provider)
        now = self._clock.now()
        request = WebhookRequest(headers=headers, body=body, received_at=now, remote_ip=remote_ip)
        try:
            event = await gateway.parse_webhook(request)
        except UntimelySignature as untimely:
            if untimely.signed_at < now and not self._in_doubt():
                await self._count_refusal(provider, now, untimely.signed_at)
                raise
            await self._report_untimely(provider, now, untimely.signed_at)
            # No provider signs ahead of time, so the local clock is wrong. The event is accepted as a hint, and the
            # provider is polled.
            event = await gateway.parse_webhook(replace(request, received_at=untimely.signed_at))
        except InvalidSignature:
            await self._count_refusal(provider, now)
            raise
        concerns_us = event.kind is not PaymentEventKind.IGNORED
        entry = InboxEntry(
            id=InboxId(new_uuid()),
            event=event,
            body=body,
            status=InboxStatus.PENDING if concerns_us else InboxStatus.IGNORED,
            received_at=now,
        )
        is_stored = await self._delivery_store(entry)
        if not is_stored and event.transmission is not None and not await self._is_stored(event):
            await self._count_refusal(provider, now)
            raise InvalidSignature(provider, "another event came by this transmission")
        log.info("webhook", provider=provider, type=event.raw_type, kind=str(event.kind), new=is_stored)
        return is_stored

    async def _is_stored(self, event: PaymentEvent) -> bool:
        async with self._units() as uow:
            return bool(await uow.inbox.stored_keys(event.provider, [event.event_key]))

    async def _report_untimely(self, provider: str, now: datetime, signed_at: datetime) -> None:
        """Raise an alarm about a delivery with a valid signature but a wrong signature timestamp, at
        most once an hour.
        """
        key = f"webhooks_untimely:{provider}:{now:%Y-%m-%dT%H}"
        log.warning("webhook from another time", provider=provider, signed_at=signed_at.isoformat())
        async with self._lock, self._units() as uow:
            await uow.variables.raise_to(UNTIMELY_AT.for_subject(provider), now)
            if key != self._reported_untimely.get(provider):
                alarm = WebhooksUntimely(provider=provider, signed=f"{signed_at:%Y-%m-%d %H:%M:%S} UTC")
                uow.record(alarm.raise_event(key))
            await uow.commit()
        self._reported_untimely[provider] = key

    async def _count_refusal(self, provider: str, now: datetime, signed_at: datetime | None = None) -> None:
        """Count a refused delivery, and alert the owners once a day if there are many, because payments are not
        reported while webhooks are refused.

        `signed_at`: signature timestamp if only the timestamp is wrong, because the local clock is fast or the delivery
            is repeated; None otherwise
        """
        refusal_times = self._refusals[provider]
        refusal_times.append(now)
        is_frequent = len(refusal_times) == REFUSED_OFTEN and now - refusal_times[0] <= REFUSED_WITHIN
        if not is_frequent or self._last_alarms.get(provider) == now.date():
            return
        if signed_at is not None:
            await self._report_untimely(provider, now, signed_at)
        else:
            async with self._lock, self._units() as uow:
                key = f"webhooks_refused:{provider}:{now:%Y-%m-%d}"
                uow.record(WebhooksRefused(provider=provider).raise_event(key))
                await uow.commit()
        self._last_alarms[provider] = now.date()


async def store_if_new(
    uow: UnitOfWork, event: PaymentEvent, now: datetime, *, body: bytes = b"", cause: str | None = None
) -> bool:
    """Store a payment event that was found by polling or entered by staff, with the job that applies it. Return True if
    the event is new.

    body: input of the staff member; empty for an event found by polling
    cause: trace id of the request that caused the event; None if there is none
    """
    entry = InboxEntry(
        id=InboxId(new_uuid()),
        event=event,
        body=body,
        status=InboxStatus.PENDING,
        received_at=now,
        origin=Origin.TOLD if body else Origin.ASKED,
    )
    if not await uow.inbox.add_if_new(entry):
        return False
    uow.record(WebhookStored(entry.id, cause))
    return True
