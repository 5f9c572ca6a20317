"""Operations that all repositories share on a table: read, lock, add once, save."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any, ClassVar, Final, Generic, TypeVar

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Row,
    Select,
    Table,
    TextualSelect,
    bindparam,
    func,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.events import Recorder
from subscriptions.infrastructure.database.mapping import Entity, RowMapper

E = TypeVar("E", bound=Entity)
K = TypeVar("K")
_DIALECT: Final = make_url("postgresql+asyncpg://").get_dialect()()


def verbatim(condition: str) -> ColumnElement[bool]:
    """Return a condition written as literal SQL. The condition of a partial index must be literal, because a prepared
    statement with parameters cannot use the index.

    `condition`: our own constant SQL, never external input.
    """
    return literal_column(condition, Boolean)


def _nothing(_: object) -> dict[str, object]:
    return {}


@cache
def _add_many(table: Table, names: Sequence[str]) -> TextualSelect:
    """Return the statement that inserts rows given as one array per column. The statement is the same for any number of
    rows, so it is prepared only once.
    """
    source = f"unnest({arrays_of(table, names)}) AS w ({', '.join(names)})"
    return text(add_from(table, names, source)).columns(*table.primary_key.columns)


def arrays_of(table: Table, names: Sequence[str]) -> str:
    """Return the arguments of `unnest` that form rows of these columns."""
    return ", ".join(f"CAST(:{name} AS {_sent_as(table.c[name])}[])" for name in names)


def add_from(table: Table, names: Sequence[str], source: str) -> str:
    """Return the SQL that inserts rows, leaving out rows that violate a unique constraint, and returns the primary keys
    of the inserted rows. `source`: the `unnest` expression.
    """
    values = ", ".join(f"CAST({name} AS jsonb)" if _is_json(table.c[name]) else name for name in names)
    keys = ", ".join(column.name for column in table.primary_key.columns)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values} FROM {source}"
        f" ON CONFLICT DO NOTHING RETURNING {keys}"
    )


def as_arrays(table: Table, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return rows as one array per column, keyed by column. There must be at least one row."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: _to_wire(table.c[name], values) for name, values in columns.items()}


def _sent_as(column: Column[Any]) -> str:
    return "text" if _is_json(column) else column.type.compile(_DIALECT)


def _to_wire(column: Column[Any], values: list[object]) -> list[object]:
    return [json.dumps(value) for value in values] if _is_json(column) else values


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, postgresql.JSONB)


def _raise(row: Unreadable) -> None:
    raise row


DEFAULT_GRACE: Final = timedelta(days=5)


class Unit:
    """Transaction shared by repositories. It collects the events of the entities saved in it."""

    def __init__(
        self,
        connection: AsyncConnection,
        remember: Callable[[Recorder], None],
        skip: Callable[[Unreadable], None] = _raise,
        default_grace: timedelta = DEFAULT_GRACE,
    ) -> None:
        """skip: function that records an unreadable row that was skipped
        default_grace: grace period after a failed renewal if the plan sets none
        """
        self.connection = connection
        self.default_grace = default_grace
        self._remember = remember
        self.skip = skip

    def remember(self, entity: object) -> None:
        """Collect an entity's events. They become jobs if this transaction commits."""
        events = getattr(entity, "events", None)
        if isinstance(events, Recorder):
            self._remember(events)


MakeRepository = Callable[[Unit], Any]
"""Repository class, which is called with the transaction."""


@cache
def _upsert(table: Table, names: tuple[str, ...]) -> Insert:
    """Return the statement that adds a row or overwrites the row with the same primary key. The statement is cached,
    because building a statement takes longer than running it.
    """
    keys = [column.name for column in table.primary_key.columns]
    statement = insert(table)
    values = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


@cache
def _insert(table: Table) -> ReturningInsert[Any]:
    """Return the statement that adds a row unless a unique constraint prevents that. The statement is cached, because
    building a statement takes longer than running it.
    """
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)


def _look_up(
    table: Table,
    more_columns: tuple[ColumnElement[Any], ...],
    conditions: tuple[ColumnElement[bool], ...],
    names: tuple[str, ...],
    order: tuple[ColumnElement[Any], ...],
    lock: bool,
) -> Select[Any]:
    statement = (
        select(table, *more_columns)
        .where(*(table.c[name] == bindparam(name) for name in names), *conditions)
        .order_by(*order)
    )
    return _with_lock(statement) if lock else statement


_kept_look_up = lru_cache(maxsize=512)(_look_up)
"""Cached version of `_look_up`, because building a statement takes longer than running it. Call it only with constant
conditions; other conditions would fill the cache with entries that are never used again.
"""


def _with_lock(statement: Select[Any]) -> Select[Any]:
    """Add a row lock to a query. The lock is FOR NO KEY UPDATE, so another row that references the locked row by a
    foreign key can be inserted without waiting or deadlocking.
    """
    return statement.with_for_update(key_share=True)


class _PrimaryKey:
    """Primary key of a row, converted to text only when needed."""

    def __init__(self, table: Table, row: Mapping[str, Any]) -> None:
        self._table, self._row = table, row

    def __str__(self) -> str:
        return ", ".join(str(self._row.get(column.name)) for column in self._table.primary_key.columns)


class TableStore(Generic[E]):
    """Store of the entities of one class in one table."""

    def __init__(
        self,
        unit: Unit,
        table: Table,
        mapper: RowMapper[E],
        *,
        generated_column: str | None = None,
        more_columns: tuple[ColumnElement[Any], ...] = (),
    ) -> None:
        """generated_column: column whose value the database assigns
        more_columns: constant expressions that are read together with the table's columns
        """
        self._more_columns = more_columns
        self._unit = unit
        self._table = table
        self._mapper = mapper
        self._generated_column = generated_column

    async def one(self, *conditions: ColumnElement[bool], lock: bool = False, **equal: object) -> E | None:
        """Return the entity whose columns equal the given values; None if there is none. The values must not be None.

        conditions: module constants, because the statement is cached
        lock: prevent changes by other transactions until this transaction ends
        """
        result = await self._unit.connection.execute(
            _kept_look_up(self._table, self._more_columns, conditions, tuple(equal), (), lock), equal
        )
        row = result.mappings().first()
        return self._entity(row) if row is not None else None

    async def many(
        self,
        *conditions: ColumnElement[bool],
        order: tuple[ColumnElement[Any], ...],
        lock: bool = False,
        skips_unreadable: bool = False,
        **equal: object,
    ) -> list[E]:
        """Return all entities that meet the conditions and have the given values, sorted by `order`.

        lock, equal: as for `one`
        order: expressions to sort by; without `conditions`, they must be module constants, because the statement is
            cached
        skips_unreadable: as for `all`
        """
        look_up = _look_up if conditions else _kept_look_up
        statement = look_up(self._table, self._more_columns, conditions, tuple(equal), order, lock)
        return await self.all(statement, equal, skips_unreadable=skips_unreadable)

    async def all(
        self,
        statement: Select[Any],
        parameters: Mapping[str, object] | None = None,
        *,
        skips_unreadable: bool = False,
    ) -> list[E]:
        """Return the entities selected by a statement over this table's columns.

        `skips_unreadable`: skip unreadable rows and report them to the owners instead of raising Unreadable. Use it
        only for lists in which a missing row causes no grant, removal or charge: offers, displays, and due work.
        """
        result = await self._unit.connection.execute(statement, parameters)
        if not skips_unreadable:
            return [self._entity(row) for row in result.mappings()]
        entities = list[E]()
        for row in result.mappings():
            try:
                entities.append(self._entity(row))
            except Unreadable as error:
                self._unit.skip(error)
        return entities

    def _entity(self, row: Mapping[str, Any]) -> E:
        with reading(self._table.name, _PrimaryKey(self._table, row)):
            return self._mapper.to_entity(row)

    async def count(self, statement: Select[Any]) -> int:
        """Return the number of rows that a statement selects, including locked rows."""
        counted_statement = select(func.count()).select_from(statement.order_by(None).subquery())
        return int((await self._unit.connection.execute(counted_statement)).scalar_one())

    async def add_if_new(self, entity: E, **extra: object) -> bool:
        """Add an entity. Return False if a unique constraint prevents that; the entity's events are then discarded.

        `extra`: values of columns that are not fields of the entity.
        """
        result = await self._unit.connection.execute(_insert(self._table), self._row(entity) | extra)
        if result.first() is None:
            return False
        self._unit.remember(entity)
        return True

    async def add_new(
        self, entities: Sequence[E], extra: Callable[[E], dict[str, object]] = _nothing
    ) -> Sequence[Row[Any]]:
        """Add several entities in one statement, leaving out entities that violate a unique constraint. Return the
        primary keys of the added entities. The entities' events are not recorded.

        `extra`: as for `add_if_new`.
        """
        rows = [self._row(entity) | extra(entity) for entity in entities]
        if not rows:
            return []
        arrays = as_arrays(self._table, rows)
        return (await self._unit.connection.execute(_add_many(self._table, tuple(arrays)), arrays)).all()

    async def save(self, entity: E, **extra: object) -> None:
        """Add the entity, or overwrite the row with the same primary key."""
        row = self._mapper.to_row(entity) | extra
        await self._unit.connection.execute(_upsert(self._table, tuple(row)), row)
        self._unit.remember(entity)

    async def save_all(self, entities: Sequence[E]) -> None:
        """Save many entities with one statement, which is prepared once and sent for each row without waiting in
        between.
        """
        if not entities:
            return
        rows = [self._mapper.to_row(entity) for entity in entities]
        await self._unit.connection.execute(_upsert(self._table, tuple(rows[0])), rows)
        for entity in entities:
            self._unit.remember(entity)

    async def run(self, statement: Executable) -> None:
        """Run a statement and ignore its result."""
        await self._unit.connection.execute(statement)

    def _row(self, entity: E) -> dict[str, object]:
        return {name: value for name, value in self._mapper.to_row(entity).items() if name != self._generated_column}


class Repository(Generic[K, E]):
    """Repository of the entities of one class in one table. `K`: type of the entities' ids. The port describes each
    method.
    """

    table: ClassVar[Table]
    mapper: ClassVar[RowMapper[Any]]
    generated_column: ClassVar[str | None] = None
    more_columns: ClassVar[tuple[ColumnElement[Any], ...]] = ()

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows: TableStore[E] = TableStore(
            unit, self.table, self.mapper, generated_column=self.generated_column, more_columns=self.more_columns
        )

    async def get(self, key: K, *, lock: bool = False) -> E | None:
        """Return the entity with this id; None if there is none."""
        return await self._rows.one(id=key, lock=lock)

    async def add_if_new(self, entity: E) -> bool:
        """Add an entity. Return False if a unique constraint prevents it."""
        return await self._rows.add_if_new(entity)

    async def save(self, entity: E) -> None:
        await self._rows.save(entity)
