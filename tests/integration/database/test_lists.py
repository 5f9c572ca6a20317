"""Check that pages of lists are read by an index at any size: the first page, later pages, and the reverse order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import ListModel, Query
from subscriptions.domain.errors import InvalidInput
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY
from tests.support.of_features import of_features
from tests.support.plans import GROWING, as_if_large

A_PAGE: Final = 50
PLACES: Final = {
    "timestamptz": "2027-01-01T00:00:00+00:00",
    "bigint": "7",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "text": "a",
}
_ALL_SORTED: Final = re.compile(r"^\s*(?:->\s+)?Sort$", re.MULTILINE)
_READ_THROUGH: Final = re.compile(rf"Seq Scan on ({'|'.join(GROWING)})\b")


@contextmanager
def recorded_statements(engine: AsyncEngine) -> Iterator[Mapping[str, tuple[Any, ...]]]:
    """Yield the statements sent to the database, with their parameters."""
    asked: dict[str, tuple[Any, ...]] = {}

    def record(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked[statement] = tuple(given)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    yield asked
    event.remove(engine.sync_engine, "before_cursor_execute", record)


def pages(model: ListModel) -> Iterator[Query]:
    """Yield the queries for the pages of a list, in its default order and in the order for API clients."""
    interfaces = [
        (Interface.STAFF, model.sort),
        *([(Interface.PROGRAMS, model.programs.sort)] if model.programs else []),
    ]
    for interface, sort in interfaces:
        for down in (True, False):
            yield Query(interface=interface, filters={}, sort=sort, is_descending=down)
            after = PLACES[sort.type], PLACES[model.key[1]]
            yield Query(interface=interface, filters={}, sort=sort, is_descending=down, cursor=after)


OF_FEW: Final = frozenset(of_features("walks", "LISTS_OF_FEW"))
"""Lists read by a partial index with few rows and then sorted."""
GROWS: Final = sorted(
    name for name, model in LISTS.items() if model.tables.split()[0] in GROWING and name not in OF_FEW
)


@pytest.mark.parametrize("name", GROWS)
async def test_list_page_reads_no_table_sequentially(name: str, engine: AsyncEngine, database_url: str) -> None:
    model, lists = LISTS[name], SqlLists(engine, SystemClock(), POLICY)
    with recorded_statements(engine) as asked:
        for query in pages(model):
            await lists.rows(model, query, A_PAGE)
    connection = await asyncpg.connect(database_url)
    await as_if_large(connection)
    for way in ("bitmapscan", "sort"):
        # A remaining sort means an order that no index has.
        await connection.execute(f"SET enable_{way} = off")
    for statement, given in asked.items():
        plan = await planned(connection, statement, given)
        assert not _READ_THROUGH.search(plan), f"{statement}\n{plan}"
        assert not _ALL_SORTED.search(plan.partition("SubPlan")[0]), f"{statement}\n{plan}"
    await connection.close()


async def test_dashboard_reads_no_table_sequentially(engine: AsyncEngine, database_url: str) -> None:
    lists = SqlLists(engine, SystemClock(), POLICY)
    with recorded_statements(engine) as asked:
        await lists.summary(NOON - timedelta(hours=12), NOON)
        await lists.takings([(NOON - timedelta(days=day, hours=12), NOON - timedelta(days=day)) for day in (0, 7, 14)])
    connection = await asyncpg.connect(database_url)
    await as_if_large(connection)
    for statement, given in asked.items():
        plan = await planned(connection, statement, given)
        assert not _READ_THROUGH.search(plan), f"{statement}\n{plan}"
    await connection.close()


async def planned(connection: asyncpg.Connection, statement: str, given: tuple[Any, ...]) -> str:
    """Return PostgreSQL's plan for the statement."""
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) {statement}", *given))


@pytest.mark.parametrize("name", LISTS)
async def test_single_row_is_found_by_its_key(name: str, engine: AsyncEngine) -> None:
    model, lists = LISTS[name], SqlLists(engine, SystemClock(), POLICY)
    query = Query(interface=Interface.STAFF, filters={}, sort=model.sort, is_descending=model.is_descending)
    row_id = PLACES[model.key[1]]
    assert {each["id"] for each in await lists.rows(model, replace(query, row=row_id), A_PAGE)} <= {row_id}
    assert await lists.rows(model, replace(query, offset=A_PAGE), A_PAGE) == []
    if model.key[1] != "text":
        with pytest.raises(InvalidInput, match="id: is"):
            await lists.rows(model, replace(query, row="nobody's"), 1)
