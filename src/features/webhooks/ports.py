"""Ports of the feature: delivery of webhook events, and the repository of endpoints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent
from subscriptions.domain.ports.repositories.key import RepositoryKey


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """Batch of events that are due for one endpoint; empty if no event is due or the endpoint is paused after a
    failure.
    """

    endpoint: OutgoingEndpoint
    events: Sequence[OutgoingEvent]


@dataclass(frozen=True)
class Reply:
    """Result of one delivery.

    status: HTTP status; None if there was no response
    reason: explanation for the operator
    hopeless: True if the event was not sent, and cannot be sent until a setting of Umbral is corrected
    """

    status: int | None
    reason: str
    hopeless: bool = False

    @property
    def is_taken(self) -> bool:
        """Return True if the endpoint accepted the event."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Return True if the endpoint requested that no further events are sent (410 Gone, as the Standard Webhooks
        specification defines).
        """
        return self.status == 410


class Outbox(Protocol):
    """Endpoints and their events during delivery. Each method is one transaction and raises RetryLater."""

    async def claim(self, receiver_id: UUID, now: datetime, lease_end: datetime, limit: int) -> EventBatch | None:
        """Return the due events of an endpoint, the oldest first; None if the endpoint is disabled. The events are
        leased to the caller until `lease_end`, and become due again afterwards. An endpoint whose last delivery
        failed is paused until `lease_end`, so that only one caller retries it.
        """
        ...

    async def keep_body(self, event: OutgoingEvent) -> None:
        """Store the event's body, unless a body is already stored."""
        ...

    async def settle(
        self, receiver_id: UUID, events: Sequence[OutgoingEvent], change: Callable[[OutgoingEndpoint], None]
    ) -> OutgoingEndpoint | None:
        """Save the results of a delivery and apply `change` to the endpoint. Return the endpoint; None if it was
        deleted.
        """
        ...


class EventSender(Protocol):
    """Sender of signed webhook events."""

    async def send(self, endpoint: OutgoingEndpoint, event: OutgoingEvent, now: datetime) -> Reply:
        """Send an event and return the result of the delivery. A failure of the endpoint never raises an error. The
        result is `hopeless` if the endpoint's secret cannot be decrypted.
        """
        ...


class EndpointRepository(Protocol):
    """Repository of webhook endpoints, which have unique names."""

    async def all(self) -> Sequence[OutgoingEndpoint]:
        """Return all endpoints, ordered by name."""
        ...

    async def get(self, receiver_id: UUID, *, lock: bool = False) -> OutgoingEndpoint | None: ...
    async def add_if_new(self, endpoint: OutgoingEndpoint) -> bool:
        """Add an endpoint. Return False if an endpoint with this name exists."""
        ...

    async def save(self, endpoint: OutgoingEndpoint) -> None: ...
    async def remove(self, receiver_id: UUID) -> None:
        """Delete the endpoint and its delivery log."""
        ...

    async def event(self, event_id: UUID) -> OutgoingEvent | None: ...
    async def add_event(self, event: OutgoingEvent) -> None:
        """Add a webhook event to send to an endpoint."""
        ...

    async def newest(self, receiver_id: UUID, limit: int) -> Sequence[OutgoingEvent]:
        """Return the events of an endpoint, newest first."""
        ...

    async def try_anew(self, receiver_id: UUID, now: datetime) -> None:
        """Make the endpoint's waiting events due now."""
        ...

    async def repeat(self, event_id: UUID, now: datetime) -> None:
        """Make an event due again under the same id, whether or not the endpoint accepted it."""
        ...

    async def replay(self, receiver_id: UUID, start: datetime, now: datetime, *, with_delivered: bool) -> int:
        """Make events of the endpoint since `start` due again whose delivery was given up, and return their number.
        `with_delivered`: True to include delivered events.
        """
        ...


ENDPOINTS_KEY: Final = RepositoryKey["EndpointRepository"]("endpoints")
