"""Repositories of the inboxes for payment events and Telegram updates."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import Text, and_, cast, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.domain.events import Recorder
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus, Origin, StoredUpdate
from subscriptions.domain.services.purchase import REVERSALS
from subscriptions.infrastructure.batch_loader import BatchLoader
from subscriptions.infrastructure.database.codecs import PAYMENT_EVENT
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.mapping import RowMapper, storable
from subscriptions.infrastructure.database.personal_data import FORGET_AT_ONCE
from subscriptions.infrastructure.database.tables import bot_updates, webhook_inbox
from subscriptions.infrastructure.database.tables.inbox import EVENT_REFS
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

ENTRY: Final = RowMapper(InboxEntry, codecs={"event": PAYMENT_EVENT})
UPDATE: Final = RowMapper(StoredUpdate)

_U, _W = bot_updates.c, webhook_inbox.c

_Chat = tuple[int, int, int]
"""Bot id, chat key, and maximum number of updates."""
_Settlement = tuple[int, int, datetime, str | None]
"""Values that mark an update as finished: bot id, update id, time of completion, and reason of a final failure."""
_OPEN_IN_CHATS: Final = text(
    "SELECT open.* FROM unnest(CAST(:bots AS bigint[]), CAST(:chats AS bigint[]), CAST(:limits AS int[]))"
    " w (bot_id, chat_key, most) CROSS JOIN LATERAL (SELECT * FROM bot_updates WHERE bot_updates.bot_id = w.bot_id"
    " AND bot_updates.chat_key = w.chat_key AND done_at IS NULL ORDER BY update_id LIMIT w.most) open"
    " ORDER BY open.update_id"
).columns(*bot_updates.columns)
_SETTLE: Final = text(
    "UPDATE bot_updates SET done_at = w.at, failed = w.failed FROM unnest(CAST(:bots AS bigint[]),"
    " CAST(:ids AS bigint[]), CAST(:at AS timestamptz[]), CAST(:failed AS text[])) w (bot_id, update_id, at, failed)"
    " WHERE bot_updates.bot_id = w.bot_id AND bot_updates.update_id = w.update_id"
)

_FORGET: Final = text(FORGET_AT_ONCE)


class SqlWebhookInbox(Repository[InboxId, InboxEntry]):
    """WebhookInbox in PostgreSQL."""

    table = webhook_inbox
    mapper = ENTRY

    async def add_if_new(self, entry: InboxEntry) -> bool:
        """Store an event. Return False if the event was already stored."""
        return await self._rows.add_if_new(entry, **_names(entry))

    async def add_new(self, entries: Sequence[InboxEntry]) -> frozenset[InboxId]:
        """Store the events that are not stored yet, of any providers. Return the ids of the stored entries.

        Events are locked in a fixed order, so that two transactions with some of the same events cannot deadlock.
        """
        return frozenset(InboxId(row.id) for row in await self._rows.add_new(in_order(entries), _names))

    async def stored_keys(self, provider: str, keys: Collection[str]) -> Collection[str]:
        """Return those of the provider's event keys that are already stored."""
        statement = select(_W.event_key).where(_W.provider == provider, _W.event_key.in_(keys))
        return set((await self._unit.connection.execute(statement)).scalars())

    async def count_received(self, provider: str, origin: Origin, start: datetime) -> tuple[int, datetime | None]:
        """Return the number of events of this origin since `start`, and the time of the last event; None if there is no
        event.
        """
        result = await self._unit.connection.execute(
            select(func.count(), func.max(_W.received_at)).where(
                _W.provider == provider, _W.origin == origin.value, _W.received_at >= start
            )
        )
        count, latest = result.one()
        return count, latest

    async def save(self, entry: InboxEntry) -> None:
        """Save the result of processing an event. The event itself does not change."""
        result = {"status": entry.status.value, "note": storable(entry.note), "attempts": entry.attempts}
        mine = update(webhook_inbox).where(_W.id == entry.id)
        await self._rows.run(mine.values(**result, handled_at=entry.handled_at))

    async def list_pending(self, limit: int) -> Sequence[InboxEntry]:
        """Return the events that wait to be applied, the oldest first."""
        open_ones = select(webhook_inbox).where(verbatim("webhook_inbox.status = 'pending'"))
        return await self._rows.all(open_ones.order_by(_W.received_at, _W.id).limit(limit), skips_unreadable=True)

    async def list_parked(self, start: datetime, limit: int) -> Sequence[InboxEntry]:
        """Return the events received since `start` that need manual review, the oldest first."""
        statement = select(webhook_inbox).where(_W.status == InboxStatus.PARKED.value, _W.received_at >= start)
        return await self._rows.all(statement.order_by(_W.received_at, _W.id).limit(limit), skips_unreadable=True)

    async def reopen(self, provider: str, refs: Collection[str], but_note: str) -> Sequence[InboxId]:
        """Set events that contain one of the references back to pending; `WebhookInbox.reopen`
        describes which events.
        """
        names_one = literal_column(EVENT_REFS).bool_op("&&")(cast(list(refs), ARRAY(Text)))
        is_reversal = _W.event[("data", "kind")].astext.in_(sorted(REVERSALS))
        waits = or_(_W.status == InboxStatus.PARKED.value, and_(_W.status == InboxStatus.IGNORED.value, is_reversal))
        statement = (
            update(webhook_inbox)
            .where(_W.provider == provider, names_one, waits, _W.note.is_distinct_from(but_note))
            .values(status=InboxStatus.PENDING.value, attempts=0, handled_at=None)
            .returning(_W.id)
        )
        return [InboxId(found) for found in (await self._unit.connection.execute(statement)).scalars()]

    async def newest(self, provider: str, origin: Origin, latest: datetime) -> InboxEntry | None:
        """Return the most recent event of this origin received by `latest`; None if there is none."""
        columns = webhook_inbox.c
        ours = (columns.provider == provider, columns.origin == origin.value, columns.received_at <= latest)
        statement = select(webhook_inbox).where(*ours).order_by(columns.received_at.desc()).limit(1)
        return next(iter(await self._rows.all(statement)), None)


class SqlUpdateInbox:
    """UpdateInbox in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._updates = TableStore(unit, bot_updates, UPDATE)

    async def add_new(self, updates: Sequence[StoredUpdate]) -> frozenset[int]:
        """Store the updates of one bot that are not stored yet. Return their ids."""
        return frozenset(row.update_id for row in await self._updates.add_new(updates))

    async def open_in_chat(self, bot_id: int, chat_key: int, limit: int) -> Sequence[StoredUpdate]:
        """Return a chat's unfinished updates, ordered by update id."""
        return await self._updates.all(
            select(bot_updates)
            .where(_U.bot_id == bot_id, _U.chat_key == chat_key, _U.done_at.is_(None))
            .order_by(_U.update_id)
            .limit(limit)
        )

    async def finish(self, bot_id: int, update_id: int, at: datetime, *, failure: str | None = None) -> None:
        """Mark an update as finished. `failure`: reason why processing failed for good, for staff; None on success."""
        await self._updates.run(
            update(bot_updates)
            .where(_U.bot_id == bot_id, _U.update_id == update_id)
            .values(done_at=at, failed=storable(failure))
        )

    async def count_try(self, bot_id: int, update_id: int, attempts: int) -> None:
        """Store the number of failed attempts at an update."""
        await self._updates.run(
            update(bot_updates).where(_U.bot_id == bot_id, _U.update_id == update_id).values(attempts=attempts)
        )

    async def rewrite(self, bot_id: int, update_id: int, payload: Mapping[str, object]) -> None:
        """Replace the stored content of an update."""
        await self._updates.run(
            update(bot_updates)
            .where(_U.bot_id == bot_id, _U.update_id == update_id)
            .values(payload=storable(dict(payload)))
        )

    async def forget_late(self, bot_id: int, update_id: int, kinds: Collection[str]) -> None:
        """Delete an update that concerns an erased customer's channel, or a person who is not a customer."""
        facts = {"bot": bot_id, "number": update_id, "kinds": list(kinds)}
        await self._unit.connection.execute(_FORGET, facts)


class SqlUpdateWork:
    """UpdateWork in PostgreSQL. Each step is one statement without a transaction, which takes one round trip instead of
    three. Concurrent requests for several chats share a statement.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._open_batch = BatchLoader[_Chat, Sequence[StoredUpdate]](self._open)
        self._settle_batch = BatchLoader[_Settlement, bool](self._settle)

    async def open_in_chat(self, bot_id: int, chat_key: int, limit: int) -> Sequence[StoredUpdate]:
        """Return a chat's unfinished updates, ordered by update id."""
        return await self._open_batch((bot_id, chat_key, limit))

    async def finish(self, bot_id: int, update_id: int, at: datetime, *, failure: str | None = None) -> None:
        """Mark an update as finished. `failure`: reason why processing failed for good, for staff; None on success."""
        await self._settle_batch((bot_id, update_id, at, failure))

    async def _open(self, chats: Sequence[_Chat]) -> Mapping[_Chat, Sequence[StoredUpdate]]:
        bots, keys, limits = zip(*chats, strict=True)
        facts = {"bots": bots, "chats": keys, "limits": limits}
        async with self._connection() as connection:
            stored_updates = [
                UPDATE.to_entity(row._asdict()) for row in await connection.execute(_OPEN_IN_CHATS, facts)
            ]
        return {each: [one for one in stored_updates if (one.bot_id, one.chat_key) == each[:2]] for each in chats}

    async def rewrite(self, bot_id: int, update_id: int, payload: Mapping[str, object]) -> None:
        """Replace the stored content of an update."""
        async with self._connection() as connection:
            await SqlUpdateInbox(Unit(connection, _no_events)).rewrite(bot_id, update_id, payload)

    async def forget_late(self, bot_id: int, update_id: int, kinds: Collection[str]) -> None:
        """Delete an update that concerns an erased customer's channel, or a person who is not a customer."""
        async with self._connection() as connection:
            await SqlUpdateInbox(Unit(connection, _no_events)).forget_late(bot_id, update_id, kinds)

    async def _settle(self, worked_on: Sequence[_Settlement]) -> Mapping[_Settlement, bool]:
        bots, ids, at, failures = zip(*worked_on, strict=True)
        facts = {"bots": bots, "ids": ids, "at": at, "failed": [storable(reason) for reason in failures]}
        async with self._connection() as connection:
            await connection.execute(_SETTLE, facts)
        return dict.fromkeys(worked_on, True)

    async def count_try(self, bot_id: int, update_id: int, attempts: int) -> None:
        """Store the number of failed attempts at an update."""
        async with self._connection() as connection:
            await SqlUpdateInbox(Unit(connection, _no_events)).count_try(bot_id, update_id, attempts)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        with translate_errors():
            async with self._engine.connect() as connection:
                yield connection


def _no_events(_: Recorder) -> None:
    """Do nothing, because stored updates record no events."""


def in_order(entries: Sequence[InboxEntry]) -> Sequence[InboxEntry]:
    """Return the entries in the order in which their rows are locked."""
    return sorted(entries, key=lambda entry: (entry.event.provider, entry.event.event_key))


def row_of(entry: InboxEntry) -> dict[str, object]:
    """Return the values of an entry's row, keyed by column."""
    return ENTRY.to_row(entry) | _names(entry)


def _names(entry: InboxEntry) -> dict[str, object]:
    return {"provider": entry.event.provider, "event_key": storable(entry.event.event_key)}
