"""Webhook in: prove, store once, answer. Nothing else happens inside the provider's request.

What a provider says when it is asked goes the same way.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCause, Way
from subscriptions.application.inbox.arrivals import Arrivals
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
    """Its webhooks are not signed as our settings say."""

    name = "webhooks_refused"
    closes = ByCause()
    way = Way.METHODS
    provider: str


class WebhooksUntimely(AlarmKind):
    """Its webhooks come from another time. signed: when, by its clock."""

    name = "webhooks_untimely"
    closes = ByCause()
    provider: str
    signed: str


UNTIMELY_AT: Final = second("webhooks_untimely")
"""By provider, when a delivery of another time came last."""


class UnknownProvider(LookupError):
    """No such provider, or it is not configured: its door does not exist."""


class ReceiveWebhook:
    """Stores one delivery of one provider."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        deliveries: Deliveries,
        gateways: GatewayRegistry,
        clock: Clock,
        in_doubt: InDoubt = lambda: False,
    ) -> None:
        """in_doubt: whether nobody is sure what time it is."""
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._in_doubt = in_doubt
        self._arrivals = Arrivals(units, deliveries)
        # One at a time, so that all that comes untimely takes one of the database's connections.
        self._lock = asyncio.Lock()
        # In this process alone: a stranger makes us keep five moments for each provider, and no row.
        self._refusals: dict[str, deque[datetime]] = defaultdict(partial(deque[datetime], maxlen=REFUSED_OFTEN))
        self._last_alarms: dict[str, date] = {}
        self._told_untimely: dict[str, str] = {}

    def knows(self, provider: str) -> bool:
        """Whether its door exists."""
        return self._gateways.get(provider) is not None

    async def __call__(self, provider: str, headers: dict[str, str], body: bytes, remote_ip: str | None = None) -> bool:
        """True: stored now; False: known already. Raises UnknownProvider, InvalidSignature, MalformedWebhook.

        What comes by a transmission that another event came by is no delivery: somebody shows its headers again.
        RetryLater where the database or, for the proof, the provider gives no answer.
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
            await self._tell_untimely(provider, now, untimely.signed_at)
            # Nobody signs ahead of time: our clock is wrong, so what came is taken as a hint, and the provider asked.
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
        is_stored = await self._arrivals(entry)
        if not is_stored and event.transmission is not None and not await self._is_stored(event):
            await self._count_refusal(provider, now)
            raise InvalidSignature(provider, "another event came by this transmission")
        log.info("webhook", provider=provider, type=event.raw_type, kind=str(event.kind), new=is_stored)
        return is_stored

    async def _is_stored(self, event: PaymentEvent) -> bool:
        async with self._units() as uow:
            return bool(await uow.inbox.stored_keys(event.provider, [event.event_key]))

    async def _tell_untimely(self, provider: str, now: datetime, signed_at: datetime) -> None:
        """It came from the provider, so no stranger can have it told; once an hour."""
        key = f"webhooks_untimely:{provider}:{now:%Y-%m-%dT%H}"
        log.warning("webhook from another time", provider=provider, signed_at=signed_at.isoformat())
        async with self._lock, self._units() as uow:
            await uow.variables.raise_to(UNTIMELY_AT.for_subject(provider), now)
            if key != self._told_untimely.get(provider):
                alarm = WebhooksUntimely(provider=provider, signed=f"{signed_at:%Y-%m-%d %H:%M:%S} UTC")
                uow.record(alarm.raise_event(key))
            await uow.commit()
        self._told_untimely[provider] = key

    async def _count_refusal(self, provider: str, now: datetime, signed_at: datetime | None = None) -> None:
        """Where our secret is wrong, people pay and we are told nothing: once a day the owners hear of it.

        signed_at: the provider's time, where nothing else is wrong: our clock may be fast, or it is said once more.
        """
        refusal_times = self._refusals[provider]
        refusal_times.append(now)
        is_frequent = len(refusal_times) == REFUSED_OFTEN and now - refusal_times[0] <= REFUSED_WITHIN
        if not is_frequent or self._last_alarms.get(provider) == now.date():
            return
        if signed_at is not None:
            await self._tell_untimely(provider, now, signed_at)
        else:
            async with self._lock, self._units() as uow:
                key = f"webhooks_refused:{provider}:{now:%Y-%m-%d}"
                uow.record(WebhooksRefused(provider=provider).raise_event(key))
                await uow.commit()
        self._last_alarms[provider] = now.date()


async def store_if_new(
    uow: UnitOfWork, event: PaymentEvent, now: datetime, *, body: bytes = b"", cause: str | None = None
) -> bool:
    """Keep what was found by asking, or was told here by staff. Whether it was not stored before; the job that applies
    it is committed with it. body: of what staff said. cause: as of a job."""
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
