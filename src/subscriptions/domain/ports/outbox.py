"""Port for sending webhook events to the operator's endpoints. An event is kept until its endpoint accepts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.outgoing import OutgoingEndpoint, OutgoingEvent


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """Events due for one endpoint; empty if none is due or the endpoint is paused."""

    receiver: OutgoingEndpoint
    events: Sequence[OutgoingEvent]


@dataclass(frozen=True)
class Reply:
    """Result of one delivery.

    status: HTTP status; None if there was no response
    reason: explanation for the operator
    hopeless: True if the event was not sent and cannot be sent until a setting of Umbral is fixed
    """

    status: int | None
    reason: str
    hopeless: bool = False

    @property
    def is_taken(self) -> bool:
        """True if the endpoint accepted the event."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """True if the endpoint requested that no further events are sent (410 Gone, as the Standard Webhooks
        specification defines).
        """
        return self.status == 410


class Outbox(Protocol):
    """Endpoints and their events during delivery. Each method is one transaction and raises RetryLater."""

    async def claim(self, receiver_id: UUID, now: datetime, lease_end: datetime, limit: int) -> EventBatch | None:
        """Return the due events of an endpoint, the oldest first; None if the endpoint is switched off. The events are
        leased to the caller until `lease_end` and become due again then. An endpoint whose last delivery failed is
        paused until `lease_end`, so that only one caller retries it.
        """
        ...

    async def keep_body(self, event: OutgoingEvent) -> None:
        """Store the event's body unless one is stored."""
        ...

    async def settle(
        self, receiver_id: UUID, events: Sequence[OutgoingEvent], change: Callable[[OutgoingEndpoint], None]
    ) -> OutgoingEndpoint | None:
        """Save the results of a delivery and apply `change` to the endpoint. Return the endpoint; None if it was
        deleted.
        """
        ...


class EventSender(Protocol):
    """Sender of signed events."""

    async def send(self, receiver: OutgoingEndpoint, event: OutgoingEvent, now: datetime) -> Reply:
        """Send an event and return the result of the delivery. A failure of the endpoint never raises an error. The
        result is `hopeless` if the endpoint's secret cannot be decrypted.
        """
        ...


class Seals(Protocol):
    """Creation and encryption of endpoint secrets, and the check of endpoint addresses."""

    def seal(self, secret: str) -> str:
        """Return the secret encrypted for storage. Raises InvalidInput("WEBHOOK_KEY") if there is no key."""
        ...

    def unseal(self, ciphertext: str) -> str:
        """Decrypt a secret. Raises InvalidInput("WEBHOOK_KEY")."""
        ...

    def check_address(self, url: str) -> str:
        """Return the address in normal form. Raises InvalidInput("URL") if events must not be sent to it."""
        ...
