"""Metrics: cheap on large tables, readable by the web process, and counted across all processes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application import routing
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure import tally
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.figure_queries import QUERIES, Figure
from subscriptions.infrastructure.database.figures import Figures
from subscriptions.infrastructure.database.tallies import Tallies
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.units import sql_unit
from tests.support.postgres import Server

NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
GROWING = (
    "accesses", "audit_log", "bot_updates", "notifications", "orders", "payments", "pick_deliveries", "picks",
    "subscriptions", "telegram_channels", "webhook_inbox",
)  # fmt: skip


BY_INDEX = re.compile(r"Index(?: Only)? Scan(?: Backward)? using (\w+) on (\w+)")


@pytest.fixture(scope="module")
def untouched_database_url(postgres_server: Server, migrated_database: str) -> Iterator[str]:
    """Yield the URL of a database in which nothing was written before. The planner uses a table's statistics, which
    remain when the table is emptied.
    """
    url = postgres_server.create(migrated_database)
    yield url
    postgres_server.drop(url)


@pytest.fixture
async def connection(untouched_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Open the only connection to the database. Settings made on the connection do not outlast the test."""
    connection = await asyncpg.connect(untouched_database_url)
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Discard the counts made by other tests in this process."""
    tally.take_counts()


def asked(figure: Figure) -> tuple[str, list[datetime]]:
    query = figure.query.replace(":now", "$1")
    return query, [datetime.now(UTC)] if query != figure.query else []


@pytest.mark.parametrize("figure", QUERIES, ids=lambda figure: str(figure.name))
async def test_query_of_a_metric_reads_no_growing_table_sequentially(
    connection: asyncpg.Connection, figure: Figure
) -> None:
    """With few rows PostgreSQL scans any table. With scans forbidden, the plan shows where a scan would be
    necessary.
    """
    query, facts = asked(figure)
    # Statistics of a table that was never analyzed; a table analyzed as empty is read in an arbitrary way.
    await connection.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = ANY($1)", list(GROWING))
    for way in ("seqscan", "hashjoin", "mergejoin"):
        await connection.execute(f"SET enable_{way} = off")
    plan = [row[0] for row in await connection.fetch(f"EXPLAIN {query}", *facts)]
    partial = {row[0] for row in await connection.fetch("SELECT indexname FROM pg_indexes WHERE indexdef ~ ' WHERE '")}
    for before, line, after in zip(["", *plan], plan, [*plan[1:], ""], strict=False):
        assert not re.search(rf"Seq Scan on ({'|'.join(GROWING)})\b", line), "\n".join(plan)
        index = BY_INDEX.search(line)
        if index is not None and index[2] in GROWING and "Index Cond" not in after and "Limit" not in before:
            # An index read from end to end must be small.
            assert index[1] in partial, "\n".join(plan)


@pytest.mark.parametrize("figure", QUERIES, ids=lambda figure: str(figure.name))
async def test_web_login_may_run_the_query_of_each_metric(connection: asyncpg.Connection, figure: Figure) -> None:
    query, facts = asked(figure)
    await connection.execute("SET ROLE umbral_web")
    for row in await connection.fetch(query, *facts):
        assert len(row) == len(figure.labels) + 1


async def test_metrics_count_payers_who_have_not_joined_and_measure_the_time_until_they_join(
    engine: AsyncEngine,
) -> None:
    clock = ManualClock()
    ana, plan = samples.customer(), samples.plan()
    order = samples.order(ana, plan, status=OrderStatus.PAID, paid_at=clock.now())
    bought = samples.subscription(order)
    channel = samples.channel(bought)
    access = Access.request(ana.id, channel.id, clock.now())
    async with sql_unit(engine, routing.jobs_for) as uow:
        await uow.customers.save(ana)
        await uow.plans.save(plan)
        await uow.orders.save(order)
        await uow.subscriptions.save(bought)
        await uow.channels.save(channel)
        await uow.accesses.save(access)
        await uow.commit()
    clock.advance(timedelta(minutes=7))
    figures = await Figures(engine, clock)()
    assert figures["umbral_paid_outside"] == {"pending": 1}
    assert figures["umbral_paid_outside_oldest_seconds"] == {"pending": 420}

    async with sql_unit(engine, routing.jobs_for) as uow:
        access.join(clock.now())
        await uow.accesses.save(access)
        await uow.commit()
    figures = await Figures(engine, clock)()
    assert figures["umbral_paid_outside"] == {}
    assert figures["umbral_paid_to_inside_seconds"] == {"0.5": 420, "0.95": 420}


async def test_counts_of_two_processes_are_added_up(engine: AsyncEngine) -> None:
    first, second = Tallies(engine), Tallies(engine)
    for adds in (first, second, first):
        tally.count(tally.PROVIDER_CALLS, "stripe", "ok")
        tally.count(tally.FLOODS, "bot_api")
        await adds.add()
    await first.add()
    figures = await Figures(engine, ManualClock())()
    assert figures[tally.PROVIDER_CALLS] == {"stripe:ok": 3}
    assert figures[tally.FLOODS] == {"bot_api": 3}
    assert figures[tally.POSTS] == {}


async def test_metric_count_that_cannot_be_stored_is_added_by_the_next_attempt(engine: AsyncEngine) -> None:
    away = create_engine(NOWHERE)
    tally.count(tally.POSTS, "sent")
    with pytest.raises(RetryLater):
        await Tallies(away).add()
    tally.count(tally.POSTS, "sent")
    await Tallies(engine).add()
    assert (await Figures(engine, ManualClock())())[tally.POSTS] == {"sent": 2}
    await away.dispose()
