"""Batched storage of webhook deliveries. A delivery is answered once its row is durable.

A commit costs far more than inserting a row, so deliveries that arrive during a transaction share the next transaction.
A single delivery is stored without waiting for others.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from subscriptions.domain.entities.variable import second
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.repositories.inbox import Deliveries, Delivery, DeliveryResult, InboxEntry, InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.tracing import current_cause, follow

UNDER_WAY: Final = 2
"""Number of concurrent transactions. With more than one, a transaction that waits for a lock does not delay
the others.
"""
BATCH_SIZE: Final = 100
"""Maximum number of deliveries per transaction."""
RECEIVED_AT: Final = second("webhooks_heard")
"""Time at which a provider last delivered an event that was already stored, keyed by provider."""


@dataclass(eq=False)
class _WaitingDelivery:
    """Webhook delivery that waits to be stored. `context`: trace context of the request, to which later work on the
    delivery is attributed.
    """

    entry: InboxEntry
    answer: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    context: Context = field(default_factory=copy_context)

    def delivery(self) -> Delivery:
        """Return the delivery with the id of its current trace, in the form in which it is stored."""
        return Delivery(entry=self.entry, cause=self.context.run(current_cause))

    def goes_on(self, cause: str | None) -> None:
        """Link the delivery to the trace of the request that opened the order. `cause`: id of that trace; None if
        unknown.
        """
        self.context.run(follow, cause)


@dataclass(frozen=True)
class UnitDeliveries:
    """Implementation of `Deliveries` through units of work, for use without the database's job queue."""

    units: UnitOfWorkFactory

    async def __call__(self, deliveries: Sequence[Delivery]) -> Mapping[InboxId, DeliveryResult]:
        """Store the deliveries. Implements `Deliveries`."""
        async with self.units() as uow:
            orders = {each.entry.event.order_id for each in deliveries}
            causes = await uow.orders.causes_of({order for order in orders if order})
            new = await uow.inbox.add_new([each.entry for each in deliveries])
            results = dict[InboxId, DeliveryResult]()
            for entry, carried_along in ((each.entry, each.cause) for each in deliveries):
                cause = causes.get(entry.event.order_id or "")
                results[entry.id] = DeliveryResult(new=entry.id in new, cause=cause)
                if entry.id in new and entry.status is InboxStatus.PENDING:
                    uow.record(WebhookStored(entry.id, cause or carried_along))
            await uow.commit()
        return results


class DeliveryStore:
    """Service that stores verified webhook events in batches."""

    def __init__(self, units: UnitOfWorkFactory, deliveries: Deliveries) -> None:
        self._units = units
        self._deliveries = deliveries
        self._queue: deque[_WaitingDelivery] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, entry: InboxEntry) -> bool:
        """Store an event, with the job that applies it. Return True if the event is new, False if it was stored before.

        The event is durable in both cases, even if the caller is canceled. Raises RetryLater if the database does not
        respond.
        """
        waiting = _WaitingDelivery(entry)
        self._queue.append(waiting)
        if len(self._under_way) < UNDER_WAY:
            # The task runs in an empty context, so that the work for one request is not attributed to another request's
            # trace.
            self._under_way.add(asyncio.create_task(self._write_all(), context=Context()))
        return await waiting.answer

    async def _write_all(self) -> None:
        try:
            while self._queue:
                await self._write_next()
        finally:
            # The task is discarded here and not by a done callback, because a delivery that arrives before the callback
            # would still find the task.
            if (mine := asyncio.current_task()) is not None:
                self._under_way.discard(mine)

    async def _write_next(self) -> None:
        waiting = [self._queue.popleft() for _ in range(min(BATCH_SIZE, len(self._queue)))]
        try:
            await self._write(waiting)
        finally:
            # This has an effect only if this task ended early; callers that have received an answer are not affected.
            for each in waiting:
                each.answer.cancel()

    async def _write(self, waiting: Sequence[_WaitingDelivery]) -> None:
        try:
            new = await self._store(waiting)
        except Exception as error:  # every waiting caller gets the error
            if len(waiting) > 1 and not isinstance(error, RetryLater):
                # One delivery can't be stored, which must not affect the others.
                for each in waiting:
                    await self._write([each])
                return
            for each in (one for one in waiting if not one.answer.done()):
                each.answer.set_exception(error)
        else:
            for each in (one for one in waiting if not one.answer.done()):
                each.answer.set_result(each.entry.id in new)

    async def _store(self, waiting: Sequence[_WaitingDelivery]) -> frozenset[InboxId]:
        deliveries = await self._deliveries([each.delivery() for each in waiting])
        for each in waiting:
            each.goes_on(deliveries[each.entry.id].cause)
        inbox_entries = [each.entry for each in waiting if not deliveries[each.entry.id].new]
        if inbox_entries:
            await self._note_known(inbox_entries)
        return frozenset(each for each, (new, _) in deliveries.items() if new)

    async def _note_known(self, entries: Sequence[InboxEntry]) -> None:
        """Record that the providers delivered these stored events again."""
        latest_times: dict[str, datetime] = {}
        for entry in entries:
            latest_times[entry.event.provider] = max(
                entry.received_at, latest_times.get(entry.event.provider, entry.received_at)
            )
        async with self._units() as uow:
            for provider in sorted(latest_times):
                await uow.variables.raise_to(RECEIVED_AT.for_subject(provider), latest_times[provider])
            await uow.commit()
