"""In-memory tables, with the uniqueness constraints and the lock checks of the database."""

from __future__ import annotations

import asyncio
import copy
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import partial, wraps
from inspect import getmembers, iscoroutinefunction, signature
from operator import is_
from types import CodeType
from typing import Any, Final, Generic, TypeVar, cast
from uuid import UUID

from subscriptions.domain.entities.spoken import Spoken
from subscriptions.domain.errors import RetryLater, Unreadable
from subscriptions.domain.events import Recorder
from subscriptions.domain.money import Money
from subscriptions.domain.ports.job_queue import Job

_NEVER_CHANGE: Final[set[type[Any]]] = {
    *(str, int, float, bool, bytes, type(None), frozenset, datetime, date, timedelta, UUID, Money, Spoken)
}
"""Types that are never copied. Each enumeration, and asyncpg's own UUID type, is added when a value of it is first
copied.
"""

LOCK_ORDER: Final = (
    "webhook_inbox",
    "sweeps",
    "customers",
    "orders",
    "activation_tokens",
    "subscriptions",
    "promotions",
    "telegram_channels",
    "accesses",
    "vip_entries",
    "second_owners",
    "userbot_accounts",
    "picks",
    "pick_deliveries",
    "broadcasts",
    "notifications",
    "dialogues",
    "payment_methods",
    "partners",
    "questions",
    "receivers",
    "staff_invitations",
    "own_roles",
    "second_factors",
    "alarms",
)
"""Tables in lock order. Rows of a table are locked before rows of the next, because otherwise two units of work could
wait for each other. docs/internals.md has the same order.
"""
OF_ONE: Final = LOCK_ORDER[LOCK_ORDER.index("customers") + 1 : LOCK_ORDER.index("second_owners")]
"""Tables with rows of one customer. A unit of work that locks two customers locks the customer with the lower id first,
with the customer's rows in all of these tables, and then the other customer.
"""
LOCKABLE: Final = frozenset(LOCK_ORDER)
"""Tables whose rows must be locked before they are overwritten, because otherwise changes of another unit since the
read would be lost.
"""

PRIMARY: Final = "the primary key"
NOTHING: Final = str(None)

E = TypeVar("E")
Key = Callable[[Any], Hashable]


class Memory:
    """State shared by all units of work. jobs: committed jobs, in order; failed_jobs: quarantined jobs, by number;
    audit: audit entries. unreadable: rows that were skipped because they could not be read.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[Any]] = {}
        self.jobs: list[Job] = []
        self.unreadable: list[Unreadable] = []
        self.failed_jobs: dict[int, Job] = {}
        self.lock = asyncio.Lock()
        self.holder: asyncio.Task[Any] | None = None

    def rows(self, table: str) -> list[Any]:
        """Return the committed rows of a table."""
        return list(self.tables.get(table, ()))

    def jobs_named(self, name: str) -> list[Job]:
        """Return the committed jobs of one name."""
        return [job for job in self.jobs if job.name == name]


class Working:
    """View of the tables by one unit of work. The unit returns only copies of its entities.

    reads: rows read through their own repository, and whether they are locked. locks: the locked rows.
    """

    def __init__(self, memory: Memory, default_grace: timedelta = timedelta(days=5)) -> None:
        self.default_grace = default_grace
        self.tables: dict[str, list[Any]] = {}
        self.recorders: dict[int, Recorder] = {}
        self.reads: dict[tuple[str, Hashable], bool] = {}
        self.locks: dict[tuple[str, Hashable], None] = {}
        self._own: set[str] = set()
        self.begin(memory)

    @property
    def changed(self) -> bool:
        """Return True if the unit of work stored anything."""
        return bool(self._own)

    def begin(self, memory: Memory) -> None:
        """Start from the committed tables, with nothing stored yet."""
        self.tables = dict(memory.tables)
        self.recorders, self.reads, self.locks, self._own = {}, {}, {}, set()

    def replace(self, table: str, rows: list[Any]) -> list[Any]:
        """Replace the rows of a table in this unit only."""
        self.tables[table] = rows
        self._own.add(table)
        return rows

    def writable(self, table: str) -> list[Any]:
        """Return the list of rows to add to. Until its first write, a unit shares the committed rows, because most
        tables are only read.
        """
        return self.tables[table] if table in self._own else self.replace(table, list(self.tables.get(table, ())))

    def stored(self, entity: object) -> None:
        """Record the events of a stored entity."""
        events = getattr(entity, "events", None)
        if isinstance(events, Recorder):
            self.recorders[id(events)] = events


class Rows(Generic[E]):
    """One table of one unit of work. primary: key by which `save` overwrites. unique: further unique keys by name; rows
    whose key is None are exempt.
    """

    def __init__(self, working: Working, table: str, primary: Key, unique: Mapping[str, Key] | None = None) -> None:
        self._working = working
        self._table = table
        self._promises = {PRIMARY: primary, **(unique or {})}
        self._seen: list[E] = []
        self._count = 0
        self._held: dict[tuple[str, Hashable], E] = {}

    def all(self) -> list[E]:
        """Return copies of all rows."""
        return [_copy(entity) for entity in self._stored()]

    def entities(self) -> Sequence[E]:
        """Return the stored rows without copying, for counting only. Callers must not change or return these rows."""
        return tuple(self._stored())

    def one(self, fits: Callable[[E], bool], *, lock: bool = False) -> E | None:
        """Return a copy of the first matching row, or None."""
        found = next((entity for entity in self._stored() if fits(entity)), None)
        return self._read(found, lock) if found is not None else None

    def many(self, fits: Callable[[E], bool], order: Callable[[E], Any], *, lock: bool = False) -> list[E]:
        """Return copies of the matching rows, in order."""
        return sorted((self._read(entity, lock) for entity in self._stored() if fits(entity)), key=order)

    def add_if_new(self, entity: E) -> bool:
        """Add a row. Returns False if the row would violate a unique key."""
        held = self._holders()
        if any(promise in held for promise in self._keys(entity)):
            return False
        self._put(entity)
        return True

    def save(self, entity: E) -> None:
        """Add or replace a row. Raises RetryLater if the row would violate a unique key of another row."""
        held, key = self._holders(), self._primary(entity)
        if not self._may_write(entity):
            _unheld(sys._getframe(1).f_code, sys._getframe(2).f_code, self._table)
        before = held.get((PRIMARY, key))
        for promise in self._keys(entity):
            if held.get(promise, before) is not before:
                raise RetryLater(f"another unit of work was first ({promise[0]})")
        if before is not None:
            for promise in self._keys(before):
                del held[promise]
            self._seen = self._working.replace(self._table, [row for row in self._seen if row is not before])
            self._count -= 1
        self._put(entity)

    def remove(self, fits: Callable[[E], bool]) -> int:
        """Delete the matching rows and return their number."""
        kept = [entity for entity in self._stored() if not fits(entity)]
        dropped = [entity for entity in self._stored() if fits(entity)]
        if not all(map(self._may_write, dropped)):
            _unheld(sys._getframe(1).f_code, sys._getframe(2).f_code, self._table)
        self._working.replace(self._table, kept)
        return len(dropped)

    def _may_write(self, entity: E) -> bool:
        return self._table not in LOCKABLE or self._working.reads.get((self._table, self._primary(entity)), True)

    def _stored(self) -> list[E]:
        return self._working.tables.setdefault(self._table, [])

    def _read(self, entity: E, lock: bool) -> E:
        key_of_row = (self._table, self._primary(entity))
        if lock and key_of_row not in self._working.locks:
            _refuse_late(key_of_row, self._working)
            self._working.locks[key_of_row] = None
        self._working.reads[key_of_row] = lock or self._working.reads.get(key_of_row, False)
        return _copy(entity)

    def _put(self, entity: E) -> None:
        """Add a row whose unique keys the caller has checked."""
        refuse_unknown(getattr(entity, "facts", None), self._table)
        kept = _copy(entity)
        self._working.reads[self._table, self._primary(entity)] = True
        self._holders().update(dict.fromkeys(self._keys(kept), kept))
        self._seen = self._working.writable(self._table)
        self._seen.append(kept)
        self._count += 1
        self._working.stored(entity)

    def _primary(self, entity: E) -> Hashable:
        return self._promises[PRIMARY](entity)

    def _keys(self, entity: E) -> Iterator[tuple[str, Hashable]]:
        for name, key in self._promises.items():
            if (value := key(entity)) is not None:
                yield name, value

    def _holders(self) -> dict[tuple[str, Hashable], E]:
        """Return the rows by unique key and value, rebuilt if another repository has changed the table."""
        stored = self._stored()
        if self._seen is not stored or self._count != len(stored):
            self._held = {promise: entity for entity in stored for promise in self._keys(entity)}
            self._seen, self._count = stored, len(stored)
        return self._held


def refuse_unknown(facts: object, notified: str) -> None:
    """Raise AssertionError if a fact is the text `None`. Facts without a value must be omitted or empty."""
    named = dict(facts) if isinstance(facts, Mapping | tuple) else {}
    if NOTHING in named.values():
        raise AssertionError(f"{notified} is told facts that nobody knows: {named}")


def refuse_none(repository: type[Any]) -> None:
    """Make a repository's methods raise an error for None where the port does not allow None. A database would find
    nothing without an error.
    """
    for name, question in getmembers(repository, iscoroutinefunction):
        if not name.startswith("_"):
            setattr(repository, name, _refusing(question))


def _refusing(question: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    asked = signature(question)
    wanted = {name for name, each in asked.parameters.items() if "None" not in str(each.annotation)}

    @wraps(question)
    def put(*given: Any, **named: Any) -> Awaitable[Any]:
        if any(each is None for each in (*given, *named.values())):
            unknown = [name for name, each in asked.bind(*given, **named).arguments.items() if each is None]
            if wanted.intersection(unknown):
                raise AssertionError(f"{question.__qualname__} is asked about nothing: {unknown}")
        return question(*given, **named)

    return put


def _unheld(call: CodeType, writer: CodeType, table: str) -> None:
    """Raise AssertionError if a use case overwrites a row that was read without a lock. Tests may write directly. A
    change made by a repository itself is one statement, which locks the row.
    """
    if call.co_name.startswith(("save", "end")) and f"{os.sep}src{os.sep}subscriptions{os.sep}" in writer.co_filename:
        raise AssertionError(f"{writer.co_qualname} writes over a row of {table} that was read without a lock")


def _refuse_late(key_of_row: tuple[str, Hashable], working: Working) -> None:
    """Raise AssertionError if a use case locks a row after a row of a table that comes later in `LOCK_ORDER`."""
    table, key = key_of_row
    if table not in LOCKABLE:
        return
    locks: Collection[tuple[str, Hashable]] = working.locks
    customers = [str(other) for name, other in locks if name == "customers"]
    later = set(LOCK_ORDER[LOCK_ORDER.index(table) + 1 :])
    if table == "accesses":
        # Resources are locked one by one: those with entry steps first, the VIP channel last.
        locks = [(name, row) for name, row in locks if name != "vip_entries" or cast("tuple[Any, ...]", row)[1] is None]
    if table == "telegram_channels" and customers:
        # The chats of a customer whose row is locked are locked one by one, each before its own accesses.
        others = {("accesses", row.id) for row in working.tables.get("accesses", ()) if row.channel_id != key}
        locks = [lock for lock in locks if lock not in others]
    if len(customers) > 1 and table in OF_ONE:
        later -= set(OF_ONE)
    late = next((name for name, _ in locks if name in later), None)
    if table == "customers" and any(other > str(key) for other in customers):
        late = table
    frame = sys._getframe(1)
    while late is not None and frame.f_back is not None and f"{os.sep}fakes{os.sep}" in frame.f_code.co_filename:
        frame = frame.f_back
    if late is not None and f"{os.sep}src{os.sep}subscriptions{os.sep}" in frame.f_code.co_filename:
        raise AssertionError(f"{frame.f_code.co_qualname} locks a row of {table} after one of {late}: see LOCK_ORDER")


def _copy(entity: E) -> E:
    """Return a copy like `copy.deepcopy`, in a tenth of the time, because immutable values are not searched. The copy
    has no events.
    """
    copied: E = _copied(entity)
    return copied


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in _NEVER_CHANGE:
        return value
    copier = _COPIERS.get(kind)
    if copier is None:
        copier = _COPIERS[kind] = _copier(kind)
    return copier(value)


def _copier(kind: type[Any]) -> Callable[[Any], Any]:
    """Return the copying function of a type. The function is determined once per type."""
    if issubclass(kind, (Enum, UUID)):
        _NEVER_CHANGE.add(kind)
        return lambda value: value
    if not is_dataclass(kind):
        return copy.deepcopy
    names = tuple(field.name for field in fields(kind))
    if kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return partial(_copied_frozen, kind, names)
    if hasattr(kind, "__slots__"):
        return partial(_copied_fields, kind, names)
    return partial(_copied_dict, kind)


def _copied_dict(kind: type[Any], value: Any) -> Any:
    made = object.__new__(kind)
    values = vars(value)
    made.__dict__.update(values)
    for name, each in values.items():
        if type(each) not in _NEVER_CHANGE:
            made.__dict__[name] = _copied(each)
    return made


def _copied_fields(kind: type[Any], names: tuple[str, ...], value: Any) -> Any:
    made = object.__new__(kind)
    for name in names:
        object.__setattr__(made, name, _copied(getattr(value, name)))
    return made


def _copied_frozen(kind: type[Any], names: tuple[str, ...], value: Any) -> Any:
    """Return a copy, or the value itself if nothing in it is mutable."""
    for name in names:
        each = getattr(value, name)
        if type(each) not in _NEVER_CHANGE and _copied(each) is not each:
            return _copied_fields(kind, names, value)
    return value


def _copied_tuple(value: tuple[Any, ...]) -> tuple[Any, ...]:
    news = tuple(map(_copied, value))
    return value if all(map(is_, news, value)) else news


_COPIERS: Final[dict[type[Any], Callable[[Any], Any]]] = {
    Recorder: lambda _: Recorder(),
    list: lambda value: [_copied(each) for each in value],
    tuple: _copied_tuple,
    dict: lambda value: {key: _copied(each) for key, each in value.items()},
}
