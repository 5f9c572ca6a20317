"""In-memory repository of webhook endpoints and their deliveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent, OutgoingState
from tests.fakes.memory import Rows, Working


class MemoryEndpoints:
    """In-memory EndpointRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[OutgoingEndpoint] = Rows(
            working, "receivers", lambda r: r.id, {"one_receiver_per_name": lambda r: r.name}
        )
        self._events: Rows[OutgoingEvent] = Rows(working, "outgoing_events", lambda e: e.id)

    async def all(self) -> Sequence[OutgoingEndpoint]:
        return self._rows.many(lambda _: True, order=lambda r: r.name)

    async def get(self, receiver_id: UUID, *, lock: bool = False) -> OutgoingEndpoint | None:
        return self._rows.one(lambda r: r.id == receiver_id, lock=lock)

    async def add_if_new(self, endpoint: OutgoingEndpoint) -> bool:
        return self._rows.add_if_new(endpoint)

    async def save(self, endpoint: OutgoingEndpoint) -> None:
        self._rows.save(endpoint)

    async def remove(self, receiver_id: UUID) -> None:
        self._rows.remove(lambda r: r.id == receiver_id)
        self._events.remove(lambda e: e.receiver_id == receiver_id)

    async def event(self, event_id: UUID) -> OutgoingEvent | None:
        return self._events.one(lambda e: e.id == event_id)

    async def add_event(self, event: OutgoingEvent) -> None:
        self._events.add_if_new(event)

    async def newest(self, receiver_id: UUID, limit: int) -> Sequence[OutgoingEvent]:
        events = self._events.many(lambda e: e.receiver_id == receiver_id, order=lambda e: e.happened_at)
        return events[::-1][:limit]

    async def try_anew(self, receiver_id: UUID, now: datetime) -> None:
        def anew(event: OutgoingEvent) -> None:
            event.begun_at = event.next_at = now

        self._change(lambda e: e.receiver_id == receiver_id and e.state is OutgoingState.WAITING, anew)

    async def repeat(self, event_id: UUID, now: datetime) -> None:
        self._change(lambda e: e.id == event_id, lambda event: _again(event, now))

    async def replay(self, receiver_id: UUID, start: datetime, now: datetime, *, with_delivered: bool) -> int:
        states = {OutgoingState.GIVEN_UP} | ({OutgoingState.TOLD} if with_delivered else set())

        def wanted(event: OutgoingEvent) -> bool:
            return event.receiver_id == receiver_id and event.happened_at >= start and event.state in states

        return self._change(wanted, lambda event: _again(event, now))

    def _change(self, wanted: Callable[[OutgoingEvent], bool], change: Callable[[OutgoingEvent], None]) -> int:
        events = self._events.many(wanted, order=lambda e: e.id)
        for event in events:
            change(event)
            self._events.save(event)
        return len(events)


def _again(event: OutgoingEvent, now: datetime) -> None:
    event.state, event.attempts, event.done_at = OutgoingState.WAITING, 0, None
    event.begun_at = event.next_at = now


REPOSITORIES = {"endpoints": MemoryEndpoints}
