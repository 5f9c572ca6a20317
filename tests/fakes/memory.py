"""Tables in memory, with the uniqueness the database would hold."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Hashable, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import Recorder
from subscriptions.domain.money import Money
from subscriptions.domain.ports.job_queue import Job

_NEVER_CHANGE: Final = frozenset(
    {str, int, float, bool, bytes, type(None), frozenset, datetime, date, timedelta, UUID, Money}
)

E = TypeVar("E")
Key = Callable[[Any], Hashable]


class Memory:
    """What all units of work share. jobs: everything committed, in order; audit: its lines."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Any]] = {}
        self.jobs: list[Job] = []
        self.lock = asyncio.Lock()
        self.holder: asyncio.Task[Any] | None = None

    def rows(self, table: str) -> list[Any]:
        """What is committed in one table."""
        return list(self.tables.get(table, ()))

    def jobs_named(self, name: str) -> list[Job]:
        """The committed jobs of one name."""
        return [job for job in self.jobs if job.name == name]


class Working:
    """One unit's own view of the tables; entities in it are never handed out, only copies."""

    def __init__(self, memory: Memory) -> None:
        self.tables: dict[str, list[Any]] = {}
        self.recorders: dict[int, Recorder] = {}
        self.begin(memory)

    def begin(self, memory: Memory) -> None:
        """Look at what is committed now, with nothing stored yet."""
        self.tables = {name: list(rows) for name, rows in memory.tables.items()}
        self.recorders = {}

    def stored(self, entity: object) -> None:
        """Remember the events of what was stored."""
        events = getattr(entity, "events", None)
        if isinstance(events, Recorder):
            self.recorders[id(events)] = events


class Rows(Generic[E]):
    """One table of one unit. primary: the key `save` writes over. unique: further promises by name, None = exempt."""

    def __init__(self, working: Working, table: str, primary: Key, unique: Mapping[str, Key] | None = None) -> None:
        self._working = working
        self._table = table
        self._primary = primary
        self._unique = dict(unique or {})

    def all(self) -> list[E]:
        """Copies of everything."""
        return [_copy(entity) for entity in self._stored()]

    def one(self, fits: Callable[[E], bool]) -> E | None:
        """A copy of the first that fits."""
        return next((_copy(entity) for entity in self._stored() if fits(entity)), None)

    def many(self, fits: Callable[[E], bool], order: Callable[[E], Any]) -> list[E]:
        """Copies of those that fit, in order."""
        return sorted((_copy(entity) for entity in self._stored() if fits(entity)), key=order)

    def add_if_new(self, entity: E) -> bool:
        """False: it would break a promise."""
        if any(self._clash(entity, other) for other in self._stored()):
            return False
        self._put(entity)
        return True

    def save(self, entity: E) -> None:
        """Add or replace. Raises RetryLater where it would break a promise with another entity."""
        key = self._primary(entity)
        others = [other for other in self._stored() if self._primary(other) != key]
        for other in others:
            broken = self._clash(entity, other)
            if broken:
                raise RetryLater(f"another unit of work was first ({broken})")
        self._working.tables[self._table] = others
        self._put(entity)

    def remove(self, fits: Callable[[E], bool]) -> int:
        """Drop those that fit; how many there were."""
        kept = [entity for entity in self._stored() if not fits(entity)]
        dropped = len(self._stored()) - len(kept)
        self._working.tables[self._table] = kept
        return dropped

    def _stored(self) -> list[E]:
        return self._working.tables.setdefault(self._table, [])

    def _put(self, entity: E) -> None:
        self._stored().append(_copy(entity))
        self._working.stored(entity)

    def _clash(self, entity: E, other: E) -> str | None:
        if self._primary(entity) == self._primary(other):
            return "the primary key"
        for name, key in self._unique.items():
            mine = key(entity)
            if mine is not None and mine == key(other):
                return name
        return None


def _copy(entity: E) -> E:
    """As `copy.deepcopy` in a tenth of its time, for it looks into nothing that cannot change; without the events."""
    copied: E = _copied(entity)
    return copied


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in _NEVER_CHANGE or isinstance(value, Enum):
        return value
    if kind is Recorder:
        return Recorder()
    if kind is list:
        return [_copied(each) for each in value]
    if kind is dict:
        return {key: _copied(each) for key, each in value.items()}
    if not is_dataclass(value):
        return copy.deepcopy(value)
    made = copy.copy(value)
    for name in kind.__dataclass_fields__:
        held = getattr(value, name)
        if (new := _copied(held)) is not held:
            object.__setattr__(made, name, new)
    return made
