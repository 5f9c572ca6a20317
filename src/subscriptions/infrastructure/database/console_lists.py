"""Lists, searches and counts of the console in PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.policy import Policy
from subscriptions.application.lists.columns import Interface, Sort
from subscriptions.application.lists.list_model import Filter, ListModel, Query, unknown_value
from subscriptions.domain.errors import InvalidInput, Unreadable
from subscriptions.domain.money import Money, currency_code
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.infrastructure.database.console_standing import TAKINGS, TODAY_COUNTS
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.people_search import Needle, PeopleSearch
from subscriptions.infrastructure.database.unreadable import UnreadableRows
from subscriptions.infrastructure.jobs.redaction import redact
from subscriptions.infrastructure.payments.gateway_factory import installed_gateways

_LARGEST: Final = 2**63
_FOR_PEOPLE: Final = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('pg_trgm.word_similarity_threshold', :similar, true),"
    " set_config('enable_seqscan', :reads_through, true)"
)
"""Statement that sets PostgreSQL settings for one transaction only, because another request may use the connection
next. The best index depends on the searched word, so no plan may be cached for all words. PostgreSQL also
underestimates the cost of comparing words and would scan the whole table in a search that allows typos.
"""
_USUAL_SIMILARITY: Final = 0.6


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _number(text: str) -> int:
    number = int(text)
    if abs(number) >= _LARGEST:
        raise OverflowError(text)
    return number


_READERS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "timestamptz": (_moment, "is a moment"),
    "bigint": (_number, "is a number"),
    "text": (str, ""),
    "uuid": (UUID, "is an id"),
    "currency": (currency_code, "is a currency, such as EUR"),
}
"""Parser of each type's values, with the error text for invalid values."""
_TYPES: Final[Mapping[str, str]] = {"date": "timestamptz", "number": "bigint"}
"""SQL types of filter kinds whose name is not a type."""
_EXISTING: Final[Mapping[str, str]] = {
    "plans": "SELECT soft_id AS value FROM service_plans ORDER BY 1",
    "tags": "SELECT DISTINCT unnest(string_to_array(tags, ' ')) AS value FROM customers ORDER BY 1",
}
"""Statements that return the existing values of filters, keyed by `Filter.offers`."""


class SqlLists:
    """Lists in PostgreSQL with keyset pagination. Each page needs one statement, and later pages are as fast as the
    first.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock, policy: Policy) -> None:
        self._engine, self._begun = engine.execution_options(isolation_level="AUTOCOMMIT"), engine
        self._people = PeopleSearch(self._find)
        self._clock, self._policy = clock, policy
        self._unreadable_rows = UnreadableRows(clock)

    async def skip(self, row: Unreadable) -> None:
        """Implements `Lists.skip`."""
        await self._unreadable_rows.report(self._engine, [row])

    async def rows(self, model: ListModel, query: Query, limit: int) -> Sequence[Row]:
        """Implements `Lists.rows`."""
        cells = dict(model.more) if Interface.STAFF in query.interface else {}
        for column in model.columns_for(query.interface):
            cells |= column.reads(query.interface)
        needle = await self._needle(model, query)
        conditions, values = _conditions(model, query, needle)
        if query.cursor is not None:
            conditions.append(_seek(model.key, query.sort, query.cursor, values, is_descending=query.is_descending))
        condition = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = "DESC" if query.is_descending else "ASC"
        # A list may declare a column `id` for programs, which replaces this column.
        columns = {"id": f"{model.key[0]}::text"} | cells
        statement = (
            f"SELECT {query.sort.sql}::text AS place, {model.key[0]}::text AS tie,"
            f" {', '.join(f'{sql} AS {name}' for name, sql in columns.items())} FROM {model.tables}{condition}"
            f" ORDER BY {query.sort.sql} {order}, {model.key[0]} {order} LIMIT :limit OFFSET :offset"
        )
        values["offset"] = query.offset
        rows = await self._read(needle, statement, limit=limit, **self._with_known(statement, values))
        if not rows:
            await self._check_values(model, query)
        return [_row(each) for each in rows]

    async def count(self, model: ListModel, query: Query, limit: int) -> int:
        """Implements `Lists.count`."""
        needle = await self._needle(model, query)
        conditions, values = _conditions(model, query, needle)
        condition = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        statement = f"SELECT count(*) AS rows FROM (SELECT FROM {model.tables}{condition} LIMIT :limit) AS part"
        (row,) = await self._read(needle, statement, limit=limit, **self._with_known(statement, values))
        return int(row["rows"])

    async def search(self, words: str, limit: int) -> Sequence[Row]:
        """Implements `Lists.search`."""
        return [_row(each) for each in await self._people.search(words, limit)]

    async def summary(self, day_start: datetime, now: datetime) -> Row:
        """Implements `Lists.summary`."""
        (row,) = await self._fetch(TODAY_COUNTS, today=day_start, now=now)
        return dict(row)

    async def takings(self, spans: Sequence[tuple[datetime, datetime]]) -> Sequence[Mapping[str, int]]:
        """Implements `Lists.takings`."""
        sums: list[dict[str, int]] = [{} for _ in spans]
        begins, ends = [began for began, _ in spans], [end for _, end in spans]
        for row in await self._fetch(TAKINGS, begins=begins, ends=ends):
            sums[row["place"] - 1][row["currency"]] = row["minor"]
        return sums

    async def _check_values(self, model: ListModel, query: Query) -> None:
        """Raise InvalidInput with the existing values if a filter with choices has another value."""
        filters = model.filters_for(query.interface)
        for name, value in query.filters.items():
            if not filters[name].offers:
                continue
            existing_values = await self._existing_values(filters[name].offers)
            if value not in existing_values:
                raise unknown_value(name, existing_values)

    async def _existing_values(self, offers: str) -> Sequence[str]:
        if offers == "providers":
            return list(installed_gateways())
        return [row["value"] for row in await self._fetch(_EXISTING[offers])]

    def _with_known(self, statement: str, values: Mapping[str, object]) -> Mapping[str, object]:
        known: dict[str, Callable[[], object]] = {
            "now": self._clock.now,
            "grace": lambda: self._policy.grace,
            "steps": lambda: self._policy.begins_steps(is_vip=False),
            "vip_steps": lambda: self._policy.begins_steps(is_vip=True),
        }
        return {**values, **{name: read() for name, read in known.items() if f":{name}" in statement}}

    async def _needle(self, model: ListModel, query: Query) -> Needle | None:
        """Return the parsed search text if the query searches for customers; otherwise None."""
        filters = model.filters_for(query.interface)
        typed = next((value for name, value in query.filters.items() if filters[name].finds_people), None)
        return await self._people.read(typed) if typed is not None else None

    async def _read(self, needle: Needle | None, statement: str, **values: Any) -> Sequence[RowMapping]:
        if needle is None:
            return await self._fetch(statement, **values)
        return await self._find(statement, needle.similar, **values)

    async def _find(self, statement: str, similar: float | None = None, **values: Any) -> Sequence[RowMapping]:
        with translate_errors():
            async with self._begun.begin() as connection:
                usual = {"similar": str(similar or _USUAL_SIMILARITY), "reads_through": "off" if similar else "on"}
                await connection.execute(_FOR_PEOPLE, usual)
                return (await connection.execute(text(statement), values)).mappings().all()

    async def _fetch(self, statement: str, **values: Any) -> Sequence[RowMapping]:
        with translate_errors():
            async with self._engine.connect() as connection:
                return (await connection.execute(text(statement), values)).mappings().all()


def _conditions(model: ListModel, query: Query, needle: Needle | None) -> tuple[list[str], dict[str, object]]:
    conditions, values, filters = list[str](), dict[str, object](), model.filters_for(query.interface)
    if query.row:
        key, kind = model.key
        conditions.append(f"{key} = CAST(:row AS {kind})")
        values["row"] = _typed_value(kind, "id", query.row)
    for name, value in query.filters.items():
        question = filters[name]
        if question.fixed_values and value not in question.fixed_values:
            raise unknown_value(name, question.fixed_values)
        if question.choices:
            conditions.append(question.choices[value])
            continue
        condition = question.sql.replace(":value", f":{name}_value").replace(":like", f":{name}_like")
        if needle is not None and question.finds_people:
            condition = needle.fill(condition)
            values |= needle.values_for(condition)
        conditions.append(condition)
        if ":value" in question.sql:
            values[f"{name}_value"] = _parse(question, value)
        if ":like" in question.sql:
            values[f"{name}_like"] = _like(value)
    return conditions, values


def _parse(question: Filter, value: str) -> object:
    return _typed_value(_TYPES.get(question.kind, question.kind), question.name, value)


def _typed_value(kind: str, name: str, value: str) -> object:
    parse, problem = _READERS[kind]
    try:
        return parse(value)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(name, problem) from error


def _seek(
    key: tuple[str, str], sort: Sort, position: tuple[str, str], values: dict[str, object], *, is_descending: bool
) -> str:
    try:
        values["place"], values["tie"] = _READERS[sort.type][0](position[0]), _READERS[key[1]][0](position[1])
    except (ValueError, OverflowError) as error:
        raise InvalidInput("page", "take it as the page before gave it") from error
    sign = "<" if is_descending else ">"
    return f"({sort.sql}, {key[0]}) {sign} (CAST(:place AS {sort.type}), CAST(:tie AS {key[1]}))"


def _like(value: str) -> str:
    pattern = value.removeprefix("@").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{pattern}%"


def _row(row: RowMapping) -> Row:
    cells = dict(row)
    for name in [name.removesuffix("_minor") for name in cells if name.endswith("_minor")]:
        minor, currency = cells.pop(f"{name}_minor"), cells.pop(f"{name}_currency")
        cells[name] = Money(minor, currency) if minor is not None else None
    if isinstance(cells.get("error"), str):
        cells["error"] = redact(cells["error"])
    return cells
