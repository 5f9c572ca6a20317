"""Delivery of webhook events to an endpoint, with retries until the endpoint acknowledges them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from features.webhooks.alarms import WebhookEndpointOff
from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent
from features.webhooks.ports import EventSender, Outbox, Reply
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

AT_ONCE: Final = 10
"""Number of events that are sent to one endpoint concurrently."""
HELD_FOR: Final = timedelta(minutes=2)
"""Time for which a worker leases the events that it sends, longer than the slowest allowed response. If the worker
dies, another worker sends the events again after this time.
"""
_JSON: Final = TypeAdapter(dict[str, Any])


class SendEvents:
    """Use case that sends one batch of events to one endpoint; further batches follow automatically while events are
    queued.

    An event can arrive twice with the same `webhook-id`, if its response was lost or the worker died.
    """

    def __init__(
        self,
        outbox: Outbox,
        read_lists: ReadLists,
        lists: Mapping[str, ListModel],
        units: UnitOfWorkFactory,
        clock: Clock,
        sender: EventSender,
    ) -> None:
        self._outbox, self._read_lists, self._lists, self._units = outbox, read_lists, lists, units
        self._clock, self._sender = clock, sender

    async def __call__(self, receiver_id: UUID) -> int:
        """Send the batch, and return the number of delivered events. Raises RetryLater."""
        now = self._clock.now()
        due = await self._outbox.claim(receiver_id, now, now + HELD_FOR, AT_ONCE)
        if due is None or not due.events:
            return 0
        for event in due.events:
            if event.body is None:
                event.body = await self._render(event)
                await self._outbox.keep_body(event)
        sends = [self._sender.send(due.endpoint, event, self._clock.now()) for event in due.events]
        return await self._settle(due.endpoint, due.events, await asyncio.gather(*sends))

    async def _settle(
        self, endpoint: OutgoingEndpoint, events: Sequence[OutgoingEvent], replies: Sequence[Reply]
    ) -> int:
        now = self._clock.now()
        for event, reply in zip(events, replies, strict=True):
            if reply.is_taken:
                event.mark_delivered(reply.reason, now)
            else:
                event.record_failure(reply.reason, now)
        taken_count = sum(reply.is_taken for reply in replies)
        after = await self._outbox.settle(endpoint.id, events, lambda it: _judge(it, replies, endpoint.failures, now))
        log.info("webhook events sent", endpoint=endpoint.name, taken=taken_count, of=len(events))
        if after is not None and after.off_since is not None:
            reason = next((reply.reason for reply in replies if not reply.is_taken), "")
            await self._alert_owners(after, reason, now)
        return taken_count

    async def _alert_owners(self, endpoint: OutgoingEndpoint, reason: str, now: datetime) -> None:
        alarm = WebhookEndpointOff(
            receiver=endpoint.name, reason=reason, since=f"{endpoint.failing_since or now:%Y-%m-%d %H:%M}"
        )
        async with self._units() as uow:
            await keep_alarm(uow, WebhookEndpointOff, str(endpoint.id), alarm, now)
            await uow.commit()

    async def _render(self, event: OutgoingEvent) -> str:
        """Return the JSON body of an event, in which objects have the same representation as in the API."""
        payment = await self._entry("payments", event.payment_id or event.refund_id)
        subscription_id = event.subscription_id or (payment["subscription"] if payment is not None else None)
        data = {
            "customer": await self._entry("customers", event.customer_id),
            "subscription": await self._entry("subscriptions", subscription_id),
            "payment": payment,
            **event.facts,
        }
        body = {"type": str(event.kind), "timestamp": event.happened_at, "data": data}
        return _JSON.dump_json(body).decode()

    async def _entry(self, name: str, number: object) -> Mapping[str, object] | None:
        return await self._read_lists.one(self._lists[name], UUID(str(number))) if number is not None else None


def _judge(endpoint: OutgoingEndpoint, replies: Sequence[Reply], failures: int, now: datetime) -> None:
    """Record the result of a batch for the endpoint: a success if at least one event was delivered, otherwise a
    failure.
    """
    if any(reply.is_taken for reply in replies):
        endpoint.record_success()
    elif any(reply.is_gone for reply in replies):
        endpoint.switch_off("gone", now)
    elif any(reply.hopeless for reply in replies):
        endpoint.switch_off("secret", now)
    else:
        endpoint.record_failure(failures, now)
