"""Alarms about providers whose webhooks stopped or are refused. The alarms are closed when webhooks arrive again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.dto.jobs import CheckWebhooks
from subscriptions.application.inbox.delivery_store import RECEIVED_AT
from subscriptions.application.inbox.receive_webhook import UNTIMELY_AT, WebhooksRefused, WebhooksUntimely
from subscriptions.application.people.watch_restore import RETURN
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.inbox import Origin
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

PATIENCE: Final = timedelta(minutes=15)
"""Time within which the webhook of an event that was found by polling may still arrive."""
OVER_AFTER: Final = timedelta(hours=1)
"""Time without a further webhook with a wrong signature timestamp after which the alarm about such
webhooks is closed.
"""


class WebhooksSilent(AlarmKind):
    """Alarm: polling found an event that the provider did not report by a webhook.

    event: the newest such event
    last: time of the newest webhook
    """

    name = "webhooks_silent"
    closes = ByCause()
    link = AlarmLink.RECONCILE
    page = AlarmLink.WEBHOOKS
    provider: str
    event: str
    last: datetime | None = None
    customer: CustomerId | None = None
    order: str | None = None


@dataclass(frozen=True)
class WatchWebhooks:
    """Use case that watches the webhooks of all providers. Idempotent and safe to run concurrently."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock

    async def __call__(self) -> None:
        """Raise and close the alarms about the webhooks of every enabled provider."""
        now = self.clock.now()
        async with self.units() as uow:
            for provider in self.gateways.enabled_names():
                await self._look(uow, provider, now)
            await uow.commit()

    async def check(self, provider: str) -> None:
        """Queue a check of the provider's webhook endpoints."""
        async with self.units() as uow:
            await uow.enqueue(CheckWebhooks(provider=provider).keyed_job(provider))
            await uow.commit()

    async def _look(self, uow: UnitOfWork, provider: str, now: datetime) -> None:
        last_received_at = await _last_received_at(uow, provider, now)
        await keep_alarm(uow, WebhooksSilent, provider, await _find_silence(uow, provider, last_received_at, now), now)
        refused_at = await uow.variables.get(UNTIMELY_AT.for_subject(provider))
        if refused_at is not None and abs(now - refused_at) > OVER_AFTER:
            await keep_alarm(uow, WebhooksUntimely, provider, None, now)
        refusal_alarm = await uow.alarms.newest(WebhooksRefused.name, f"{WebhooksRefused.name}:{provider}:")
        if (
            refusal_alarm is not None
            and refusal_alarm.open
            and last_received_at is not None
            and last_received_at > refusal_alarm.raised_at
        ):
            # A webhook was accepted since then, so the secret is right.
            await keep_alarm(uow, WebhooksRefused, provider, None, now)


async def _find_silence(
    uow: UnitOfWork, provider: str, last_received_at: datetime | None, now: datetime
) -> WebhooksSilent | None:
    """Return the alarm if polling found an event long enough ago and no webhook has arrived since then. Return None
    otherwise.

    A webhook in the minutes before the poll may have reported the same event, because the "I have paid" button and due
    renewals poll right after it. Events from before a database restore do not count: their webhooks were stored in the
    lost database.
    """
    inbox_entry = await uow.inbox.newest(provider, Origin.ASKED, now - PATIENCE)
    if inbox_entry is None or (last_received_at is not None and last_received_at >= inbox_entry.received_at - PATIENCE):
        return None
    database_restore = await uow.variables.get(RETURN)
    if database_restore is not None and inbox_entry.event.occurred_at <= database_restore.at:
        return None
    key = inbox_entry.event.payment_key
    payment = await uow.payments.by_key(provider, key) if key is not None else None
    return WebhooksSilent(
        provider=provider,
        event=inbox_entry.event.raw_type,
        last=last_received_at,
        customer=payment.customer_id if payment is not None else None,
        order=payment.reference if payment is not None else None,
    )


async def _last_received_at(uow: UnitOfWork, provider: str, now: datetime) -> datetime | None:
    inbox_entry = await uow.inbox.newest(provider, Origin.TOLD, now)
    moments = (
        inbox_entry.received_at if inbox_entry is not None else None,
        await uow.variables.get(RECEIVED_AT.for_subject(provider)),
    )
    return max((moment for moment in moments if moment is not None), default=None)
