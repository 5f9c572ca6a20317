"""Where verified events and Telegram's updates wait to be worked on; each is stored once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from subscriptions.domain.entities.app_press import AppPress
from subscriptions.domain.ids import AppPressId, InboxId, TelegramId
from subscriptions.domain.ports.payment_gateway import PaymentEvent


class InboxStatus(StrEnum):
    """pending: to be applied · applied · ignored: does not concern us · parked: a person must look."""

    PENDING = "pending"
    APPLIED = "applied"
    IGNORED = "ignored"
    PARKED = "parked"


class Origin(StrEnum):
    """Who brought an event. told: a delivery came by itself · asked: nobody told, it was found by asking."""

    ASKED = "asked"
    TOLD = "told"


@dataclass(kw_only=True)
class InboxEntry:
    """One delivery, unique by provider and event key. body: as it came, for evidence.

    origin: who was first with it; a delivery that comes after its event was found by asking changes nothing.
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
    """What somebody brought. cause: what their request carries."""

    entry: InboxEntry
    cause: str | None


class DeliveryResult(NamedTuple):
    """What became of a delivery. new: False where it was known. cause: what its order carried; None without one."""

    new: bool
    cause: str | None


class Deliveries(Protocol):
    """Where deliveries are written down, all that come together at once."""

    async def __call__(self, deliveries: Sequence[Delivery]) -> Mapping[InboxId, DeliveryResult]:
        """Each is durable now, what is new and concerns us with the job that applies it, which goes on where its order
        began, or else its request. Each event once, as in `WebhookInbox.add_if_new`.

        Raises RetryLater where the database gives no answer.
        """
        ...


class WebhookInbox(Protocol):
    """Payment events."""

    async def add_if_new(self, entry: InboxEntry) -> bool:
        """False: this event is stored already, or another one that came by the same transmission."""
        ...

    async def add_new(self, entries: Sequence[InboxEntry]) -> frozenset[InboxId]:
        """Store those whose events are not stored yet, of any providers; the ids of these. Each as `add_if_new`."""
        ...

    async def stored_keys(self, provider: str, keys: Collection[str]) -> Collection[str]:
        """Those of the events that are stored already, by their keys."""
        ...

    async def get(self, inbox_id: InboxId, *, lock: bool = False) -> InboxEntry | None: ...
    async def count_heard(self, provider: str, origin: Origin, start: datetime) -> tuple[int, datetime | None]:
        """How many events came this way from `start` on, and when the last did."""
        ...

    async def save(self, entry: InboxEntry) -> None:
        """Write what became of an event that is stored; what came stays as it came."""
        ...

    async def list_pending(self, limit: int) -> Sequence[InboxEntry]:
        """Those still to be applied, the oldest first."""
        ...

    async def list_parked(self, start: datetime, limit: int) -> Sequence[InboxEntry]:
        """Those received since then that a person must look at, the oldest first."""
        ...

    async def reopen(self, provider: str, refs: Collection[str], but_note: str) -> Sequence[InboxId]:
        """Let events of a provider wait to be applied again that name one of the references, and return their ids.

        Those are parked events, and refunds and disputes that were ignored because their payment was unknown.
        but_note: the note of events that stay as they are.
        """
        ...

    async def newest(self, provider: str, origin: Origin, latest: datetime) -> InboxEntry | None:
        """The last one so brought, received no later than `latest`."""
        ...


@dataclass(kw_only=True)
class StoredUpdate:
    """One update of one bot. chat_key: updates of one key are worked on in the order of their ids."""

    bot_id: int
    update_id: int
    chat_key: int
    payload: Mapping[str, object]
    received_at: datetime
    attempts: int = 0


class AppPressRepository(Protocol):
    """Presses in the Mini App, and what the chat answered. Nobody writes over one but who answers it."""

    async def add_if_new(self, press: AppPress) -> bool:
        """False: this person's key is known already."""
        ...

    async def get(self, press_id: AppPressId) -> AppPress | None: ...
    async def by_key(self, person: TelegramId, key: str) -> AppPress | None:
        """By what its page drew for it."""
        ...

    async def count_waiting(self, person: TelegramId, start: datetime) -> int:
        """How many of somebody's presses since then have no answer yet."""
        ...

    async def answer(self, press_id: AppPressId, messages: Sequence[Mapping[str, object]], at: datetime) -> None:
        """Keep the answer; the first one counts."""
        ...


class UpdateWork(Protocol):
    """Telegram's updates, as they are worked on one by one."""

    async def open_in_chat(self, bot_id: int, chat_key: int, limit: int) -> Sequence[StoredUpdate]:
        """Updates of a chat not yet done, in order."""
        ...

    async def finish(self, bot_id: int, update_id: int, at: datetime, *, failure: str | None = None) -> None:
        """Worked on. failure: why it was given up, kept for a person."""
        ...

    async def count_try(self, bot_id: int, update_id: int, attempts: int) -> None:
        """Keep how often it was worked on in vain."""
        ...

    async def rewrite(self, bot_id: int, update_id: int, payload: Mapping[str, object]) -> None:
        """Keep this of it from now on."""
        ...

    async def forget_late(self, bot_id: int, update_id: int, kinds: Collection[str]) -> None:
        """Keep nothing of what was told of the channel of somebody who was erased, nor, of these kinds, of somebody who
        is no customer."""
        ...


class UpdateInbox(UpdateWork, Protocol):
    """All of Telegram's updates."""

    async def add_new(self, updates: Sequence[StoredUpdate]) -> frozenset[int]:
        """Store what is not stored yet, all of one bot; the ids of those."""
        ...
