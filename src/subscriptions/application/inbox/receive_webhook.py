"""Webhook in: prove, store once, answer. Nothing else happens inside the provider's request.

What a provider says when it is asked goes the same way.
"""

from datetime import datetime

import structlog

from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, PaymentEvent, PaymentEventKind, WebhookRequest
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)


class UnknownProvider(LookupError):
    """No such provider, or it is not configured: its door does not exist."""


class ReceiveWebhook:
    """Stores one delivery of one provider."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock

    async def __call__(self, provider: str, headers: dict[str, str], body: bytes, remote_ip: str | None = None) -> bool:
        """True: stored now; False: known already. Raises UnknownProvider, InvalidSignature, MalformedWebhook.

        RetryLater where the database or, for the proof, the provider gives no answer.
        """
        gateway = self._gateways.get(provider)
        if gateway is None:
            raise UnknownProvider(provider)
        now = self._clock.now()
        event = await gateway.parse_webhook(
            WebhookRequest(headers=headers, body=body, received_at=now, remote_ip=remote_ip)
        )
        concerns_us = event.kind is not PaymentEventKind.IGNORED
        entry = InboxEntry(
            id=InboxId(new_uuid()),
            event=event,
            body=body,
            status=InboxStatus.PENDING if concerns_us else InboxStatus.IGNORED,
            received_at=now,
        )
        async with self._units() as uow:
            stored = await uow.inbox.add_if_new(entry)
            if stored and concerns_us:
                uow.record(WebhookStored(entry.id))
            await uow.commit()
        log.info("webhook", provider=provider, type=event.raw_type, kind=str(event.kind), new=stored)
        return stored


async def store_if_new(uow: UnitOfWork, event: PaymentEvent, now: datetime) -> bool:
    """Whether it was not stored before; the job that applies it is committed with it."""
    entry = InboxEntry(id=InboxId(new_uuid()), event=event, body=b"", status=InboxStatus.PENDING, received_at=now)
    if not await uow.inbox.add_if_new(entry):
        return False
    uow.record(WebhookStored(entry.id))
    return True
