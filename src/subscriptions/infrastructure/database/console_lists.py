"""The console's lists, searches and counts in PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.views import Row, Wanted
from subscriptions.infrastructure.database.console_queries import ListQuery
from subscriptions.infrastructure.database.console_work import ALL_LISTS, SEARCH, STANDING
from subscriptions.infrastructure.database.errors import translating
from subscriptions.infrastructure.jobs.redaction import redact

_DATES: Final = frozenset({"since", "until"})
_LARGEST: Final = 2**63
_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "timestamptz": lambda typed: datetime.fromisoformat(typed).astimezone(UTC),
    "bigint": lambda typed: int(typed) if abs(int(typed)) < _LARGEST else int(""),
    "text": str,
    "uuid": UUID,
}


class SqlLists:
    """Lists in PostgreSQL, each page in one statement by its place, so that none is slower than the first."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._clock = clock

    async def rows(self, name: str, wanted: Wanted, limit: int) -> Sequence[Row]:
        """See the port."""
        query = ALL_LISTS[name]
        sort, _ = query.sorts[wanted.sort]
        conditions, given = _conditions(query, wanted.filters)
        if wanted.after is not None:
            conditions.append(_after(query, wanted, given))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = "DESC" if wanted.down else "ASC"
        statement = (
            f"SELECT {query.key[0]}::text AS id, {sort}::text AS place, {query.columns} FROM {query.tables}{where}"
            f" ORDER BY {sort} {order}, {query.key[0]} {order} LIMIT :limit"
        )
        if ":now" in statement:
            given["now"] = self._clock.now()
        return [_row(each) for each in await self._read(statement, limit=limit, **given)]

    async def search(self, words: str, limit: int) -> Sequence[Row]:
        """See the port."""
        given = {"value": words, "like": _like(words.removeprefix("@")), "limit": limit}
        return [_row(each) for each in await self._read(SEARCH, **given)]

    async def standing(self, today: datetime, now: datetime) -> Row:
        """See the port."""
        (row,) = await self._read(STANDING, today=today, now=now)
        return dict(row)

    async def _read(self, statement: str, **given: Any) -> Sequence[RowMapping]:
        with translating():
            async with self._engine.connect() as connection:
                return (await connection.execute(text(statement), given)).mappings().all()


def _conditions(query: ListQuery, filters: Mapping[str, str]) -> tuple[list[str], dict[str, object]]:
    conditions, given = [], dict[str, object]()
    for name, value in filters.items():
        if name in query.choices:
            chosen = query.choices[name].get(value)
            if chosen is None:
                raise InvalidInput(name, "is none of its values")
            conditions.append(chosen)
            continue
        condition = query.filters[name]
        conditions.append(condition.replace(":value", f":{name}_value").replace(":like", f":{name}_like"))
        if ":value" in condition:
            given[f"{name}_value"] = _moment(name, value) if name in _DATES else value
        if ":like" in condition:
            given[f"{name}_like"] = _like(value)
    return conditions, given


def _after(query: ListQuery, wanted: Wanted, given: dict[str, object]) -> str:
    sort, kind = query.sorts[wanted.sort]
    place, last = wanted.after or ("", "")
    try:
        given["place"], given["last"] = _READ[kind](place), _READ[query.key[1]](last)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("after", "take it as the page before gave it") from error
    sign = "<" if wanted.down else ">"
    return f"({sort}, {query.key[0]}) {sign} (CAST(:place AS {kind}), CAST(:last AS {query.key[1]}))"


def _moment(name: str, value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(name, "is a moment") from error


def _like(value: str) -> str:
    escaped = value.removeprefix("@").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _row(row: RowMapping) -> Row:
    found = dict(row)
    for name in [name.removesuffix("_minor") for name in found if name.endswith("_minor")]:
        minor, currency = found.pop(f"{name}_minor"), found.pop(f"{name}_currency")
        found[name] = Money(minor, currency) if minor is not None else None
    if isinstance(found.get("error"), str):
        found["error"] = redact(found["error"])
    return found
