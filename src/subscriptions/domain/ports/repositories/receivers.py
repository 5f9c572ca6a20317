"""Repository of the operator's webhook endpoints, for their management by staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.outgoing import OutgoingEndpoint, OutgoingEvent
from subscriptions.domain.ports.repositories.key import RepositoryKey


class ReceiverRepository(Protocol):
    """Repository of webhook endpoints, which have unique names."""

    async def all(self) -> Sequence[OutgoingEndpoint]:
        """Return all endpoints, ordered by name."""
        ...

    async def get(self, receiver_id: UUID, *, lock: bool = False) -> OutgoingEndpoint | None: ...
    async def add_if_new(self, receiver: OutgoingEndpoint) -> bool:
        """Add an endpoint. Return False if one with this name exists."""
        ...

    async def save(self, receiver: OutgoingEndpoint) -> None: ...
    async def remove(self, receiver_id: UUID) -> None:
        """Delete the endpoint and its delivery log."""
        ...

    async def event(self, event_id: UUID) -> OutgoingEvent | None: ...
    async def add_event(self, event: OutgoingEvent) -> None:
        """Add an event to send."""
        ...

    async def newest(self, receiver_id: UUID, limit: int) -> Sequence[OutgoingEvent]:
        """Return the newest events of an endpoint first."""
        ...

    async def try_anew(self, receiver_id: UUID, now: datetime) -> None:
        """Make the endpoint's waiting events due now."""
        ...

    async def repeat(self, event_id: UUID, now: datetime) -> None:
        """Send an event again under the same id, whether or not it was accepted."""
        ...

    async def replay(self, receiver_id: UUID, start: datetime, now: datetime, *, told_too: bool) -> int:
        """Send the endpoint's events since `start` again that were given up, and return their number. `told_too`: True
        to send accepted events again as well.
        """
        ...


RECEIVERS_KEY: Final = RepositoryKey["ReceiverRepository"]("receivers")
