"""What the operator's own programs are told: kept until they took it, and sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.outgoing import OutgoingEndpoint, OutgoingEvent


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """What one receiver is to be told now; events is empty where nothing is due, or it rests."""

    receiver: OutgoingEndpoint
    events: Sequence[OutgoingEvent]


@dataclass(frozen=True)
class Reply:
    """How sending went. status: HTTP's; None where no answer came. reason: in words, for the operator. hopeless: it was
    not even tried, and will not be before a person mends something of ours.
    """

    status: int | None
    reason: str
    hopeless: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether it wants nothing any more, as the Standard Webhooks specification has it."""
        return self.status == 410


class Outbox(Protocol):
    """Receivers and their events, as they are told. Each method is one transaction, and raises RetryLater."""

    async def claim(self, receiver_id: UUID, now: datetime, lease_end: datetime, limit: int) -> EventBatch | None:
        """What is due, the oldest first, held until then for who asks, and looked for again then. None: it is off.

        One that failed rests until then, so that one alone tries it.
        """
        ...

    async def keep_body(self, event: OutgoingEvent) -> None:
        """Keep its body, unless one is kept."""
        ...

    async def settle(
        self, receiver_id: UUID, events: Sequence[OutgoingEvent], change: Callable[[OutgoingEndpoint], None]
    ) -> OutgoingEndpoint | None:
        """Keep how it went and what it means for the receiver, which is returned; None: it is gone."""
        ...


class EventSender(Protocol):
    """Sends one event to a receiver, signed."""

    async def send(self, receiver: OutgoingEndpoint, event: OutgoingEvent, now: datetime) -> Reply:
        """Never raises for what the receiver does; hopeless where its secret cannot be opened."""
        ...


class Seals(Protocol):
    """Makes and seals secrets of receivers, and says which addresses may be sent to."""

    def seal(self, secret: str) -> str:
        """The text to store. Raises InvalidInput("WEBHOOK_KEY") where there is no key."""
        ...

    def unseal(self, ciphertext: str) -> str:
        """The secret. Raises InvalidInput("WEBHOOK_KEY")."""
        ...

    def check_address(self, url: str) -> str:
        """The address as it is used. Raises InvalidInput("URL")."""
        ...
