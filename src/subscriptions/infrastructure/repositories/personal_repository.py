"""Repository of one person's data in all tables, based on the list of personal data, and deletion of data whose
retention period is over.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CursorResult,
    DateTime,
    Delete,
    Integer,
    Interval,
    Select,
    Text,
    TextClause,
    Update,
    Uuid,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import contained
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import KEPT_LONG
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.people import HeldRows, Record
from subscriptions.infrastructure.database.personal_data import (
    EMPTY_LETTERS,
    FORGET_LATE_EVENTS,
    FORGET_LATE_UPDATES,
    FORGET_STRANGERS,
    OPEN_EVENTS,
)
from subscriptions.infrastructure.database.personal_tables import PERSONAL_TABLES, PersonalTable
from subscriptions.infrastructure.database.tables import trial_marks
from subscriptions.infrastructure.database.tables.inbox import LETTERS
from subscriptions.infrastructure.database.tables.personal import Fate
from subscriptions.infrastructure.repositories.store import Unit

_TYPES: Final[Mapping[str, Any]] = {
    "customer": Uuid,
    "person": BigInteger,
    "stand_in": BigInteger,
    "marks": Text,
    "names": Text,
    "now": DateTime(timezone=True),
    "keep": Interval,
    "limit": Integer,
}
_LOWEST_MARK: Final = 100_000
"""Smallest id that is searched for as a plain number. A smaller number may mean anything, so it is searched for only as
the value of an id field.
"""
_SHORTEST_NAME: Final = 3
"""Minimum length of a name that is searched for. Shorter names are part of many words."""


def _sql(words: str) -> TextClause:
    """Return constant SQL with the types of its parameters."""
    clause = text(words)
    parameters = [bindparam(name, type_=_TYPES[name]) for name in clause.compile().params]
    return clause.bindparams(*parameters)


_BUSY: Final = _sql("SELECT EXISTS (SELECT FROM bot_updates WHERE chat_key = :person AND done_at IS NULL)")

_COLUMNS: Final = text(
    "SELECT relname, attname, atttypid::regtype::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped"
    " ORDER BY relname, attnum"
)

_LETTER_HELD: Final = (
    select(_sql("coalesce(event #>> '{data,order_id}', event_key)"))
    .select_from(table("webhook_inbox"))
    .where(_sql(OPEN_EVENTS), _sql(LETTERS))
    .limit(1)
)
_MOMENTS: Final = ("received_at", "recorded_at", "created_at", "at", "raised_at", "occurred_at")
"""Timestamp columns by which rows are ordered, depending on the table."""

_KEPT_LONG: Final = ", ".join(f"'{kind}'" for kind in sorted(KEPT_LONG))

# Timestamps of the job queue are the database's own time. In fast-growing tables, ORDER BY makes PostgreSQL use the
# index for old rows: without it, the planner may expect to reach the LIMIT soon by reading the table from its
# beginning.
_PRUNE: Final[Mapping[Record, Sequence[str]]] = {
    Record.UPDATES: (
        "DELETE FROM bot_updates WHERE ctid = ANY(ARRAY("
        "SELECT ctid FROM bot_updates WHERE done_at < :now - :keep ORDER BY done_at LIMIT :limit))",
        FORGET_LATE_UPDATES,
        FORGET_STRANGERS,
    ),
    Record.WEBHOOK_BODIES: (
        EMPTY_LETTERS,
        FORGET_LATE_EVENTS,
    ),
    # Rows of notifications are kept, because their keys record that a message was sent.
    Record.NOTICES: (
        "UPDATE notifications SET params = '{}'::jsonb, text = NULL, recipient = 0 WHERE id = ANY(ARRAY("
        f"SELECT id FROM notifications WHERE text IS NOT NULL AND kind IN ({_KEPT_LONG})"
        " AND sent_at < :now - :keep ORDER BY sent_at LIMIT :limit))",
    ),
    Record.NOTIFICATIONS: (
        "UPDATE notifications SET params = '{}'::jsonb, text = NULL, recipient = 0 WHERE id = ANY(ARRAY("
        f"SELECT id FROM notifications WHERE recipient <> 0 AND (text IS NULL OR kind NOT IN ({_KEPT_LONG}))"
        " AND sent_at < :now - :keep ORDER BY sent_at LIMIT :limit))",
        "UPDATE notifications SET params = '{}'::jsonb, recipient = 0 WHERE id = ANY(ARRAY(SELECT id FROM notifications"
        " WHERE recipient <> 0 AND failed IS NOT NULL AND created_at < :now - :keep ORDER BY created_at LIMIT :limit))",
        "UPDATE alarms SET facts = '{}'::jsonb WHERE id = ANY(ARRAY(SELECT id FROM alarms"
        " WHERE closed_at < :now - :keep AND facts <> '{}'::jsonb LIMIT :limit))",
    ),
    Record.LOG_IDS: (
        "DELETE FROM pgqueuer_log WHERE id = ANY(ARRAY(SELECT id FROM pgqueuer_log l WHERE created < now() - :keep"
        " AND NOT EXISTS (SELECT FROM pgqueuer q WHERE q.id = l.job_id) LIMIT :limit))",
        "DELETE FROM pgqueuer_statistics WHERE id = ANY(ARRAY("
        "SELECT id FROM pgqueuer_statistics WHERE created < now() - :keep LIMIT :limit))",
    ),
    Record.DIALOGUES: (
        "DELETE FROM dialogues WHERE person = ANY(ARRAY("
        "SELECT person FROM dialogues WHERE expires_at <= :now - :keep LIMIT :limit))",
    ),
    # Every console session ends within half a day.
    Record.CONSOLE_VISITS: (
        "DELETE FROM console_visits WHERE link = ANY(ARRAY("
        "SELECT link FROM console_visits WHERE offered_at < :now - :keep LIMIT :limit))",
        # The bot sends a file to Telegram within seconds; older files belong to forms that were never submitted.
        "DELETE FROM uploads WHERE id = ANY(ARRAY("
        "SELECT id FROM uploads WHERE created_at < :now - :keep LIMIT :limit))",
    ),
    Record.TRIAL_MARKS: (
        "DELETE FROM trial_marks WHERE mark = ANY(ARRAY("
        "SELECT mark FROM trial_marks WHERE created_at < :now - :keep LIMIT :limit))",
    ),
    Record.OPERATIONS: (
        "DELETE FROM staff_operations WHERE id = ANY(ARRAY("
        "SELECT id FROM staff_operations WHERE at < :now - :keep LIMIT :limit))",
        # The guard of this table compares with the database's own clock.
        "DELETE FROM deletions WHERE id = ANY(ARRAY("
        "SELECT id FROM deletions WHERE at < least(:now, now()) - :keep ORDER BY id LIMIT :limit))",
        "DELETE FROM additions WHERE id = ANY(ARRAY("
        "SELECT id FROM additions WHERE at < least(:now, now()) - :keep ORDER BY id LIMIT :limit))",
    ),
    Record.SEEN_CHATS: (
        "DELETE FROM seen_chats WHERE chat_id = ANY(ARRAY(SELECT chat_id FROM seen_chats WHERE seen_at < :now - :keep"
        " AND NOT EXISTS (SELECT FROM telegram_channels WHERE channel_id = chat_id) LIMIT :limit))",
    ),
}


def _prune_of_features(record: Record) -> Sequence[tuple[str, str]]:
    """Return the statements of features that prune a record, with the feature's name."""
    found = declared_by("tables", "PRUNE")
    return [(name, sql) for name, rows in found.items() for each, sql in rows if each is record]


class SqlPersonalDataRepository:
    """PersonalDataRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def list_rows(
        self, telegram_id: TelegramId, customer: Customer | None, limit: int | None = None
    ) -> Sequence[HeldRows]:
        """Return the person's rows, grouped by table. `limit`: maximum number of rows per table, the newest first; None
        for all rows.
        """
        who, held_rows = _who(telegram_id, customer), list[HeldRows]()
        for declared_table in PERSONAL_TABLES:
            columns: list[ColumnElement[Any]] = [column(name) for name in declared_table.export_columns]
            statement = (
                select(*columns).select_from(table(declared_table.table)).where(_sql(declared_table.person.whose))
            )
            if limit is not None:
                moments: list[ColumnElement[Any]] = [
                    column(name) for name in _MOMENTS if name in declared_table.export_columns
                ]
                statement = statement.order_by(*(moment.desc() for moment in moments)).limit(limit + 1)
            rows = [dict(row) for row in (await self._run(statement, who)).mappings()]
            if rows:
                page, stays = rows[:limit], _stays(declared_table)
                held_rows.append(
                    HeldRows(table=declared_table.table, rows=page, stays=stays, is_cut=len(page) < len(rows))
                )
        return held_rows

    async def busy(self, telegram_id: TelegramId) -> bool:
        """Return True if an update from this person is not processed yet."""
        return bool((await self._run(_BUSY, {"person": telegram_id})).scalar_one())

    async def letter_held(self, telegram_id: TelegramId, customer: Customer) -> str | None:
        """Return the key of an event about the person with an open alarm; None if there is no such event."""
        result: str | None = (await self._run(_LETTER_HELD, _who(telegram_id, customer))).scalar()
        return result

    async def erase(
        self, telegram_id: TelegramId, customer: Customer | None, stand_in: TelegramId, now: datetime
    ) -> Mapping[str, int]:
        """Delete or blank the person's rows in every table, except the rows that must be kept. Return the number of
        changed rows, keyed by table.
        """
        facts = _who(telegram_id, customer) | {"stand_in": stand_in, "now": now}
        counts = {}
        for source in PERSONAL_TABLES:
            if source.person.fate is not Fate.KEEP:
                counts[source.table] = (await self._run(_erasure(source), facts)).rowcount
        return {name: count for name, count in counts.items() if count}

    async def count_named(self, telegram_id: TelegramId) -> Mapping[str, int]:
        """Count the rows that mention the person in any column of any table, including undeclared ones."""
        facts, counts = _who(telegram_id, None), dict[str, int]()
        columns: dict[str, list[ColumnElement[Any]]] = {}
        for name, column_name, kind in await self._unit.connection.execute(_COLUMNS):
            words = func.encode(column(column_name), "escape") if kind == "bytea" else cast(column(column_name), Text)
            columns.setdefault(name, []).append(words)
        for name, parts in columns.items():
            is_named = func.concat_ws(" ", *parts).op("~*")(bindparam("marks", type_=Text))
            rows = select(func.count()).select_from(table(name, schema="public")).where(is_named)
            count = (await self._run(rows, facts)).scalar_one()
            if count:
                counts[name] = count
        return counts

    async def keep_trial_mark(self, mark: str, now: datetime) -> None:
        """Store a trial mark, which proves that an erased customer had a plan before. Repeating the call changes
        nothing.
        """
        statement = insert(trial_marks).values(mark=mark, created_at=now)
        await self._unit.connection.execute(statement.on_conflict_do_nothing(index_elements=["mark"]))

    async def has_trial_mark(self, mark: str) -> bool:
        statement = select(exists().where(trial_marks.c.mark == mark))
        return bool((await self._unit.connection.execute(statement)).scalar_one())

    async def prune(self, record: Record, now: datetime, keep: timedelta, limit: int) -> int:
        """Delete one batch of expired data. Return the number of rows."""
        batch = {"now": now, "keep": keep, "limit": limit}
        pruned = sum([(await self._run(_sql(each), batch)).rowcount for each in _PRUNE.get(record, ())])
        for name, sql in _prune_of_features(record):
            with contained(name, f"tables: {record}"):
                async with self._unit.connection.begin_nested():
                    pruned += (await self._run(_sql(sql), batch)).rowcount
        return pruned

    async def _run(
        self, statement: Select[Any] | Delete | Update | TextClause, facts: Mapping[str, object]
    ) -> CursorResult[Any]:
        """Run a statement. `facts`: all known values, of which the statement's own parameters are passed."""
        parameters = statement.compile().params
        values = {name: value for name, value in facts.items() if name in parameters}
        return await self._unit.connection.execute(statement, values)


def _erasure(source: PersonalTable) -> Delete | Update:
    condition = _sql(source.person.scope or source.person.whose)
    if source.person.fate is Fate.DELETE:
        return delete(table(source.table)).where(condition)
    rows = table(source.table, *(column(name) for name in source.blank))
    return update(rows).values({name: _sql(value) for name, value in source.blank.items()}).where(condition)


def _stays(source: PersonalTable) -> str:
    person = source.person
    return "" if person.fate is Fate.DELETE else f"{person.fate}: {person.reason}"


def _who(telegram_id: TelegramId, customer: Customer | None) -> dict[str, object]:
    """Return the parameters of the conditions that select the person's rows. `marks`: pattern for the Telegram id and
    the username. `names`: pattern for the first name and the username.
    """
    number = rf"\m{telegram_id}\M" if telegram_id >= _LOWEST_MARK else rf'"(telegram_)?id": ?"?{telegram_id}\M'
    marks, names = [number], set[str]()
    if customer is not None and customer.username:
        username = re.escape(customer.username)
        marks += [rf"@{username}\M", rf'"username": ?"{username}"']
        names.add(customer.username)
    if customer is not None and len(customer.first_name) >= _SHORTEST_NAME:
        names.add(customer.first_name)
        names |= {json.dumps(customer.first_name, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return {
        "customer": customer.id if customer is not None else None,
        "person": telegram_id,
        "marks": "|".join(marks),
        "names": _as_words(names),
    }


def _as_words(names: set[str]) -> str | None:
    """Return a pattern that matches the names as whole words and not as JSON keys; None if there are no names."""
    return rf'(?<!\w)({"|".join(map(re.escape, sorted(names)))})(?!\w|":)' if names else None
