"""Inboxes of verified payment events and Telegram updates; each event is stored once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import PaymentEvent


class InboxStatus(StrEnum):
    """Status of an event.

    pending: to be applied
    applied: applied to a purchase
    ignored: not relevant to Umbral
    parked: requires action by staff
    """

    PENDING = "pending"
    APPLIED = "applied"
    IGNORED = "ignored"
    PARKED = "parked"


class Origin(StrEnum):
    """Origin of an event.

    asked: found by polling
    told: delivered by a webhook
    """

    ASKED = "asked"
    TOLD = "told"


@dataclass(kw_only=True)
class InboxEntry:
    """Stored delivery of an event, unique by provider and event key.

    body: raw body, kept as evidence
    origin: origin of the first delivery. A webhook that arrives after its event was found by polling changes nothing.
    """

    id: InboxId
    event: PaymentEvent
    body: bytes
    status: InboxStatus
    note: str | None = None
    attempts: int = 0
    received_at: datetime
    handled_at: datetime | None = None
    origin: Origin = Origin.TOLD


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Event to be stored in the inbox. `cause`: trace id of the HTTP request that delivered the event."""

    entry: InboxEntry
    cause: str | None


class DeliveryResult(NamedTuple):
    """Result of storing a delivery.

    new: False if the event was already stored
    cause: trace id of the order that the event concerns; None if it concerns no order or the order has no trace id
    """

    new: bool
    cause: str | None


class Deliveries(Protocol):
    """Storage of payment events that providers deliver. Events that arrive at the same time are stored in batches."""

    async def __call__(self, deliveries: Sequence[Delivery]) -> Mapping[InboxId, DeliveryResult]:
        """Store the events durably.

        For each new relevant event, a job that applies the event is enqueued. The job continues the trace of the
        event's order or, without one, the trace of the HTTP request. An event that is already stored is not stored
        again (see `WebhookInbox.add_if_new`). Raise RetryLater if the database does not respond.
        """
        ...


class WebhookInbox(Protocol):
    """Inbox of payment events."""

    async def add_if_new(self, entry: InboxEntry) -> bool:
        """Store an event. Return False if this event, or another event of the same transmission, is stored already."""
        ...

    async def add_new(self, entries: Sequence[InboxEntry]) -> frozenset[InboxId]:
        """Store the events that are not stored yet, of any providers, and return their ids. Duplicates are detected by
        the same rules as in `add_if_new`.
        """
        ...

    async def stored_keys(self, provider: str, keys: Collection[str]) -> Collection[str]:
        """Return those of the provider's event keys that are already stored."""
        ...

    async def get(self, inbox_id: InboxId, *, lock: bool = False) -> InboxEntry | None: ...
    async def count_received(self, provider: str, origin: Origin, start: datetime) -> tuple[int, datetime | None]:
        """Return the number of events with this origin received since `start`, and the time of the last one; None
        if there are none.
        """
        ...

    async def save(self, entry: InboxEntry) -> None:
        """Save the result of processing a stored event. The event itself does not change."""
        ...

    async def list_pending(self, limit: int) -> Sequence[InboxEntry]:
        """Return the events to be applied, the oldest first."""
        ...

    async def list_parked(self, start: datetime, limit: int) -> Sequence[InboxEntry]:
        """Return the events received since `start` that require action by staff, the oldest first."""
        ...

    async def reopen(self, provider: str, refs: Collection[str], but_note: str) -> Sequence[InboxId]:
        """Set to pending the events of a provider that contain one of the references, and return their ids.

        Only parked events, and refunds and disputes that were ignored because their payment was unknown, are reopened.

        but_note: events with this note keep their status
        """
        ...

    async def newest(self, provider: str, origin: Origin, latest: datetime) -> InboxEntry | None:
        """Return the most recent event of this origin received by `latest`; None if there is none."""
        ...


@dataclass(kw_only=True)
class StoredUpdate:
    """Stored Telegram update of one bot. `chat_key`: updates with the same key are processed in the
    order of their ids.
    """

    bot_id: int
    update_id: int
    chat_key: int
    payload: Mapping[str, object]
    received_at: datetime
    attempts: int = 0


class UpdateWork(Protocol):
    """Operations on stored Telegram updates while they are processed one by one."""

    async def open_in_chat(self, bot_id: int, chat_key: int, limit: int) -> Sequence[StoredUpdate]:
        """Return a chat's unfinished updates, ordered by update id."""
        ...

    async def finish(self, bot_id: int, update_id: int, at: datetime, *, failure: str | None = None) -> None:
        """Mark an update as finished. `failure`: reason why processing failed for good, kept for staff; None on
        success.
        """
        ...

    async def count_try(self, bot_id: int, update_id: int, attempts: int) -> None:
        """Store the number of failed attempts at an update."""
        ...

    async def rewrite(self, bot_id: int, update_id: int, payload: Mapping[str, object]) -> None:
        """Replace the stored content of an update."""
        ...

    async def forget_late(self, bot_id: int, update_id: int, kinds: Collection[str]) -> None:
        """Delete an update of one of these kinds if it concerns the channel of an erased customer, or a person who is
        not a customer.
        """
        ...


class UpdateInbox(UpdateWork, Protocol):
    """Inbox of all Telegram updates."""

    async def add_new(self, updates: Sequence[StoredUpdate]) -> frozenset[int]:
        """Store the updates of one bot that are new, and return their ids."""
        ...
