"""Webhook endpoints and their events in PostgreSQL.

Events are stored in the transaction that causes them, and kept until the endpoint accepts them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import Row, and_, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent, OutgoingState
from features.webhooks.jobs import SendToEndpoint
from features.webhooks.ports import ENDPOINTS_KEY, EventBatch
from features.webhooks.tables import outgoing_events, receivers
from subscriptions.domain.entities.outgoing import EventKind, WebhookEvent
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.unreadable import report_rows
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

ENDPOINT: Final = RowMapper(OutgoingEndpoint)
EVENT: Final = RowMapper(OutgoingEvent)
_E, _R = outgoing_events.c, receivers.c
_OPEN_STATE: Final = OutgoingState.WAITING.value
_EARLIER: Final = outgoing_events.alias("earlier")
_HAS_EARLIER: Final = exists().where(
    _EARLIER.c.receiver_id == _E.receiver_id,
    _EARLIER.c.customer_id == _E.customer_id,
    _EARLIER.c.state == _OPEN_STATE,
    _EARLIER.c.happened_at < _E.happened_at,
)
"""SQL condition: an earlier event about the same customer is still waiting for delivery to the same endpoint."""


async def publish(connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime) -> list[Job]:
    """Store events for each endpoint that subscribes to them, in the current transaction. Return the resulting jobs.

    An event is stored once per endpoint. Events for a disabled endpoint wait until the endpoint is enabled. Events of
    one transaction keep their order, because their times differ by microseconds. Without endpoints, this takes one
    short query.
    """
    endpoint_rows = (await connection.execute(select(_R.id, _R.kinds, _R.off_since))).all()
    events = [
        _event(each, endpoint, now, index)
        for endpoint, kinds, _ in endpoint_rows
        for index, each in enumerate(webhook_events)
        if kinds is None or each.kind in kinds.split()
    ]
    if not events:
        return []
    rows = [EVENT.to_row(event) for event in {event.id: event for event in reversed(events)}.values()]
    await connection.execute(upsert(outgoing_events).on_conflict_do_nothing(index_elements=["id"]), rows)
    open_endpoints = {endpoint for endpoint, _, off_since in endpoint_rows if off_since is None}
    endpoint_ids = sorted(open_endpoints & {event.receiver_id for event in events})
    return [SendToEndpoint(receiver_id=endpoint).keyed_job(endpoint) for endpoint in endpoint_ids]


@dataclass(frozen=True)
class SqlOutbox:
    """Outbox in PostgreSQL; each method is one transaction."""

    engine: AsyncEngine

    async def claim(self, receiver_id: UUID, now: datetime, lease_end: datetime, limit: int) -> EventBatch | None:
        """Implements `Outbox.claim`."""
        with translate_errors():
            async with self.engine.begin() as connection:
                endpoint = await _lock(connection, receiver_id)
                if endpoint is None or endpoint.off_since is not None:
                    return None
                if endpoint.rests_until is not None and endpoint.rests_until > now:
                    await _look(connection, receiver_id, endpoint.rests_until)
                    return EventBatch(endpoint=endpoint, events=[])
                # A single event is enough to find out whether a failed endpoint works again.
                due = (
                    select(outgoing_events)
                    .where(_E.receiver_id == receiver_id, _E.state == _OPEN_STATE, _E.next_at <= now, ~_HAS_EARLIER)
                    .order_by(_E.next_at, _E.happened_at, _E.id)
                    .limit(1 if endpoint.failures else limit)
                )
                rows = (await connection.execute(due)).all()
                events, unreadable = _read(rows)
                # Unreadable events are postponed like the others, so that they do not block later events.
                ids = [row.id for row in rows]
                await connection.execute(update(outgoing_events).where(_E.id.in_(ids)).values(next_at=lease_end))
                if endpoint.failures and events:
                    # No other process sends to the endpoint until it is known whether the endpoint works again.
                    endpoint.rests_until = lease_end
                    await _save(connection, endpoint)
                await _look_again(connection, endpoint)
        await report_rows(self.engine, unreadable, now)
        return EventBatch(endpoint=endpoint, events=events)

    async def keep_body(self, event: OutgoingEvent) -> None:
        """Implements `Outbox.keep_body`."""
        statement = update(outgoing_events).where(_E.id == event.id, _E.body.is_(None)).values(body=event.body)
        with translate_errors():
            async with self.engine.begin() as connection:
                await connection.execute(statement)

    async def settle(
        self, receiver_id: UUID, events: Sequence[OutgoingEvent], change: Callable[[OutgoingEndpoint], None]
    ) -> OutgoingEndpoint | None:
        """Implements `Outbox.settle`."""
        with translate_errors():
            async with self.engine.begin() as connection:
                endpoint = await _lock(connection, receiver_id)
                if endpoint is None:
                    return None
                change(endpoint)
                await _save(connection, endpoint)
                for event in events:
                    row = EVENT.to_row(event)
                    await connection.execute(update(outgoing_events).where(_E.id == event.id).values(row))
                await _look_again(connection, endpoint)
        return endpoint


def _read(rows: Sequence[Row[Any]]) -> tuple[list[OutgoingEvent], list[Unreadable]]:
    events, unreadable = list[OutgoingEvent](), list[Unreadable]()
    for row in rows:
        try:
            with reading(outgoing_events.name, row.id):
                events.append(EVENT.to_entity(row._asdict()))
        except Unreadable as error:
            unreadable.append(error)
    return events, unreadable


async def _lock(connection: AsyncConnection, receiver_id: UUID) -> OutgoingEndpoint | None:
    # `key_share` allows concurrent inserts of events for the endpoint, which would otherwise wait for this lock.
    statement = select(receivers).where(_R.id == receiver_id).with_for_update(key_share=True)
    row = (await connection.execute(statement)).first()
    return None if row is None else ENDPOINT.to_entity(row._asdict())


async def _save(connection: AsyncConnection, endpoint: OutgoingEndpoint) -> None:
    await connection.execute(update(receivers).where(_R.id == endpoint.id).values(ENDPOINT.to_row(endpoint)))


async def _look_again(connection: AsyncConnection, endpoint: OutgoingEndpoint) -> None:
    """Schedule the next delivery to the endpoint if an event is waiting."""
    if endpoint.off_since is not None:
        return
    statement = (
        select(_E.next_at)
        .where(_E.receiver_id == endpoint.id, _E.state == _OPEN_STATE, ~_HAS_EARLIER)
        .order_by(_E.next_at)
        .limit(1)
    )
    soonest = (await connection.execute(statement)).scalar()
    if soonest is not None:
        await _look(connection, endpoint.id, max(soonest, endpoint.rests_until or soonest))


async def _look(connection: AsyncConnection, receiver_id: UUID, at: datetime) -> None:
    await PgJobQueue(connection).enqueue(SendToEndpoint(receiver_id=receiver_id).delayed_job(at, receiver_id))


def _event(each: WebhookEvent, receiver_id: UUID, now: datetime, index: int) -> OutgoingEvent:
    return OutgoingEvent(
        id=each.event_id(receiver_id, now),
        receiver_id=receiver_id,
        kind=EventKind(each.kind),
        customer_id=each.customer_id,
        payment_id=each.payment_id,
        refund_id=each.refund_id,
        subscription_id=each.subscription_id,
        facts=each.facts,
        happened_at=now + timedelta(microseconds=index),
        begun_at=now,
        next_at=now,
    )


class SqlEndpointRepository(Repository[UUID, OutgoingEndpoint]):
    """EndpointRepository in PostgreSQL."""

    key: ClassVar = ENDPOINTS_KEY

    table = receivers
    mapper = ENDPOINT

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._events = TableStore(unit, outgoing_events, EVENT)

    async def all(self) -> Sequence[OutgoingEndpoint]:
        """Implements `EndpointRepository.all`."""
        return await self._rows.many(order=(receivers.c.name,), skips_unreadable=True)

    async def remove(self, receiver_id: UUID) -> None:
        """Delete the endpoint and its events."""
        await self._rows.run(delete(receivers).where(receivers.c.id == receiver_id))

    async def event(self, event_id: UUID) -> OutgoingEvent | None:
        return await self._events.one(id=event_id)

    async def add_event(self, event: OutgoingEvent) -> None:
        """Implements `EndpointRepository.add_event`."""
        await self._events.add_if_new(event)

    async def newest(self, receiver_id: UUID, limit: int) -> Sequence[OutgoingEvent]:
        """Implements `EndpointRepository.newest`."""
        newest = outgoing_events.select().where(_E.receiver_id == receiver_id).order_by(_E.happened_at.desc(), _E.id)
        return await self._events.all(newest.limit(limit), skips_unreadable=True)

    async def try_anew(self, receiver_id: UUID, now: datetime) -> None:
        """Implements `EndpointRepository.try_anew`."""
        condition = and_(_E.receiver_id == receiver_id, _E.state == _OPEN_STATE)
        await self._events.run(update(outgoing_events).where(condition).values(begun_at=now, next_at=now))

    async def repeat(self, event_id: UUID, now: datetime) -> None:
        """Implements `EndpointRepository.repeat`."""
        await self._events.run(update(outgoing_events).where(_E.id == event_id).values(_fresh_state(now)))

    async def replay(self, receiver_id: UUID, start: datetime, now: datetime, *, with_delivered: bool) -> int:
        """Implements `EndpointRepository.replay`."""
        state = _E.state != _OPEN_STATE if with_delivered else _E.state == OutgoingState.GIVEN_UP.value
        ours = and_(_E.receiver_id == receiver_id, _E.happened_at >= start, state)
        return (
            await self._unit.connection.execute(update(outgoing_events).where(ours).values(_fresh_state(now)))
        ).rowcount


def _fresh_state(now: datetime) -> dict[str, object]:
    return {"state": _OPEN_STATE, "attempts": 0, "begun_at": now, "next_at": now, "done_at": None}


REPOSITORIES: Final = (SqlEndpointRepository,)
PUBLISHERS: Final = (publish,)
"""Functions that store webhook events."""
