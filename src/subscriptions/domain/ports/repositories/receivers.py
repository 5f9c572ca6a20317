"""The operator's own programs that are told what happens, as staff manages them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.outgoing import OutgoingEndpoint, OutgoingEvent
from subscriptions.domain.ports.repositories.key import RepositoryKey


class ReceiverRepository(Protocol):
    """Receivers have names of their own."""

    async def all(self) -> Sequence[OutgoingEndpoint]:
        """By name."""
        ...

    async def get(self, receiver_id: UUID, *, lock: bool = False) -> OutgoingEndpoint | None: ...
    async def add_if_new(self, receiver: OutgoingEndpoint) -> bool:
        """False: there is one of that name."""
        ...

    async def save(self, receiver: OutgoingEndpoint) -> None: ...
    async def remove(self, receiver_id: UUID) -> None:
        """Forget it, and what it was told."""
        ...

    async def event(self, event_id: UUID) -> OutgoingEvent | None: ...
    async def add_event(self, event: OutgoingEvent) -> None:
        """Have it sent."""
        ...

    async def newest(self, receiver_id: UUID, limit: int) -> Sequence[OutgoingEvent]:
        """The last ones, newest first."""
        ...

    async def try_anew(self, receiver_id: UUID, now: datetime) -> None:
        """Have what waits for it tried from now on."""
        ...

    async def repeat(self, event_id: UUID, now: datetime) -> None:
        """Have one sent again, whether or not it was taken, under its id."""
        ...

    async def replay(self, receiver_id: UUID, start: datetime, now: datetime, *, told_too: bool) -> int:
        """Have sent again what was given up since then, told_too: and what was taken; how much it is."""
        ...


RECEIVERS_KEY: Final = RepositoryKey["ReceiverRepository"]("receivers")
