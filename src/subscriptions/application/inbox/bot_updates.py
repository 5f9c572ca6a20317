"""Storage of Telegram updates before they are acknowledged, and their handling in order per chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByAge
from subscriptions.application.dto.jobs import HandleNewcomerUpdates, HandleUpdates
from subscriptions.domain.entities.activation_token import without_codes
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.inbox import StoredUpdate, UpdateWork
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

BATCH = 50
OF_CHATS: Final = ("my_chat_member", "chat_member", "chat_join_request")
"""Types of updates about people who did not write to the bot. Telegram continues to send them after an erasure."""


class UpdatesUnread(AlarmKind):
    """Alarm: this version can't parse an update sent by Telegram. `update`: id of the update."""

    name = "updates_unread"
    closes = ByAge(timedelta(hours=25))
    update: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class IncomingUpdate:
    """Received update. `chat_key`: key of the chat. Updates with the same key are handled in order."""

    update_id: int
    chat_key: int
    payload: Mapping[str, object]


@dataclass(frozen=True)
class ReceivedUpdates:
    """Result of storing updates.

    fresh: ids of the updates that were not stored before
    known_chats: keys of the chats with new updates, without the private chats of people who are not customers yet
    """

    fresh: frozenset[int] = frozenset()
    known_chats: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ReceiveUpdates:
    """Use case that stores received updates together with the jobs that handle them."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, bot_id: int, updates: Sequence[IncomingUpdate]) -> ReceivedUpdates:
        """Store the updates. All of them are durable when this method returns."""
        now = self.clock.now()
        stored_updates = [
            StoredUpdate(
                bot_id=bot_id, update_id=item.update_id, chat_key=item.chat_key, payload=item.payload, received_at=now
            )
            for item in updates
        ]
        async with self.units() as uow:
            fresh = await uow.updates.add_new(stored_updates)
            chats = sorted({item.chat_key for item in updates if item.update_id in fresh})
            people = [TelegramId(chat) for chat in chats if chat > 0]
            new = set(people) - await uow.customers.list_known(people) if people else set[int]()
            for chat_key in chats:
                kind = HandleNewcomerUpdates if chat_key in new else HandleUpdates
                job = kind(bot_id=bot_id, chat_key=chat_key)
                await uow.enqueue(job.keyed_job(f"{bot_id}:{chat_key}"))
            await uow.commit()
        return ReceivedUpdates(fresh, frozenset(chats) - new)


@dataclass(frozen=True)
class WorkUpdates:
    """Use case that returns the waiting updates of one chat and records the progress, each call in its own
    transaction.
    """

    updates: UpdateWork
    clock: Clock

    async def list_waiting(self, bot_id: int, chat_key: int) -> Sequence[StoredUpdate]:
        """Return the next waiting updates of the chat, in order."""
        return await self.updates.open_in_chat(bot_id, chat_key, BATCH)

    async def finish(self, update: StoredUpdate, *, failure: str | None = None) -> None:
        """Mark an update as handled.

        `failure`: reason why the update was given up; its payload is then kept for staff. Without a failure, data that
            names an erased person is deleted, and codes are shortened so that they can be distinguished but not used.
        """
        await self.updates.finish(update.bot_id, update.update_id, self.clock.now(), failure=failure)
        payload = _without_codes(update.payload) if failure is None else update.payload
        if payload != update.payload:
            await self.updates.rewrite(update.bot_id, update.update_id, payload)
        if failure is None and not update.payload.keys().isdisjoint(OF_CHATS):
            await self.updates.forget_late(update.bot_id, update.update_id, OF_CHATS)

    async def count_try(self, update: StoredUpdate) -> int:
        """Count one more failed attempt, and return the total."""
        attempts = update.attempts + 1
        await self.updates.count_try(update.bot_id, update.update_id, attempts)
        return attempts


def _without_codes(payload: Mapping[str, object]) -> dict[str, object]:
    return {name: _veil(value) for name, value in payload.items()}


def _veil(value: object) -> object:
    if isinstance(value, str):
        return without_codes(value)
    if isinstance(value, Mapping):
        return {name: _veil(each) for name, each in value.items()}
    return [_veil(each) for each in value] if isinstance(value, list) else value
