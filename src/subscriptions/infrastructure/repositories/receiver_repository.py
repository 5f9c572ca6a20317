"""Repository of the operator's webhook endpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import and_, delete, update

from subscriptions.domain.entities.outgoing import OutgoingEndpoint, OutgoingEvent, OutgoingState
from subscriptions.domain.ports.repositories.receivers import RECEIVERS_KEY
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import outgoing_events, receivers
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

RECEIVER: Final = RowMapper(OutgoingEndpoint)
EVENT: Final = RowMapper(OutgoingEvent)
_E: Final = outgoing_events.c
_OPEN_STATE: Final = OutgoingState.WAITING.value


class SqlReceiverRepository(Repository[UUID, OutgoingEndpoint]):
    """ReceiverRepository in PostgreSQL."""

    key: ClassVar = RECEIVERS_KEY

    table = receivers
    mapper = RECEIVER

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._events = TableStore(unit, outgoing_events, EVENT)

    async def all(self) -> Sequence[OutgoingEndpoint]:
        """See the port."""
        return await self._rows.many(order=(receivers.c.name,), skips_unreadable=True)

    async def remove(self, receiver_id: UUID) -> None:
        """Delete the endpoint and its events."""
        await self._rows.run(delete(receivers).where(receivers.c.id == receiver_id))

    async def event(self, event_id: UUID) -> OutgoingEvent | None:
        return await self._events.one(id=event_id)

    async def add_event(self, event: OutgoingEvent) -> None:
        """See the port."""
        await self._events.add_if_new(event)

    async def newest(self, receiver_id: UUID, limit: int) -> Sequence[OutgoingEvent]:
        """See the port."""
        newest = outgoing_events.select().where(_E.receiver_id == receiver_id).order_by(_E.happened_at.desc(), _E.id)
        return await self._events.all(newest.limit(limit), skips_unreadable=True)

    async def try_anew(self, receiver_id: UUID, now: datetime) -> None:
        """See the port."""
        condition = and_(_E.receiver_id == receiver_id, _E.state == _OPEN_STATE)
        await self._events.run(update(outgoing_events).where(condition).values(begun_at=now, next_at=now))

    async def repeat(self, event_id: UUID, now: datetime) -> None:
        """See the port."""
        await self._events.run(update(outgoing_events).where(_E.id == event_id).values(_fresh_state(now)))

    async def replay(self, receiver_id: UUID, start: datetime, now: datetime, *, told_too: bool) -> int:
        """See the port."""
        state = _E.state != _OPEN_STATE if told_too else _E.state == OutgoingState.GIVEN_UP.value
        ours = and_(_E.receiver_id == receiver_id, _E.happened_at >= start, state)
        return (
            await self._unit.connection.execute(update(outgoing_events).where(ours).values(_fresh_state(now)))
        ).rowcount


def _fresh_state(now: datetime) -> dict[str, object]:
    return {"state": _OPEN_STATE, "attempts": 0, "begun_at": now, "next_at": now, "done_at": None}
