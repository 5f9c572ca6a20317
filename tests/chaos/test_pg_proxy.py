"""Commits of a real client and server as observed by the proxy, and the proxy's effect on the connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.chaos.pg_proxy import Commit, PgProxy, When
from tests.chaos.pg_wire import writes_of


class Watched:
    """Proxy and the commits that it observed. cut: time at which the proxy cuts the connection, before or after a
    commit; None for never.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.seen: list[tuple[str, When, bool]] = []
        self.cut: When | None = None
        self.proxy = PgProxy("worker", (str(address.hostname), int(address.port or 0)), self._watch)
        self._url = url
        self.connection: asyncpg.Connection | None = None

    async def connect(self) -> asyncpg.Connection:
        port = await self.proxy.start()
        self.connection = await asyncpg.connect(self._url.replace(f":{urlsplit(self._url).port}/", f":{port}/"))
        return self.connection

    async def _watch(self, commit: Commit, when: When) -> bool:
        self.seen.append((commit.writes, when, commit.single))
        return when != self.cut


@pytest.fixture
async def watched(empty_database_url: str) -> AsyncIterator[Watched]:
    direct = await asyncpg.connect(empty_database_url)
    await direct.execute("CREATE TABLE things (id int PRIMARY KEY); CREATE TABLE others (id int)")
    await direct.close()
    watched = Watched(empty_database_url)
    yield watched
    if watched.connection is not None:
        watched.connection.terminate()
    await watched.proxy.stop()


async def test_transaction_is_observed_before_and_after_its_commit(watched: Watched) -> None:
    connection = await watched.connect()
    async with connection.transaction():
        await connection.execute("INSERT INTO things VALUES ($1)", 1)
        await connection.execute("SELECT * FROM things WHERE id = $1 FOR UPDATE", 1)
        await connection.execute("INSERT INTO others VALUES ($1)", 1)
    writes = "INSERT things, INSERT others"
    assert watched.seen == [(writes, "before", False), (writes, "after", False)]


async def test_single_statement_is_observed_on_completion(watched: Watched) -> None:
    connection = await watched.connect()
    for _ in range(2):
        await connection.execute("DELETE FROM things WHERE id = $1", 7)
        await connection.execute("INSERT INTO things VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = excluded.id", 7)
    assert watched.seen == [
        ("INSERT things", "after", True),
        ("DELETE things", "after", True),
        ("INSERT things", "after", True),
    ]


async def test_reads_and_rollbacks_are_not_reported_as_commits(watched: Watched) -> None:
    connection = await watched.connect()
    async with connection.transaction():
        await connection.fetch("SELECT * FROM things")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("INSERT INTO things VALUES (1)")
    await transaction.rollback()
    assert watched.seen == []


@pytest.mark.parametrize(("moment", "left"), [("before", 0), ("after", 1)])
async def test_connection_cut_before_a_commit_loses_the_commit_and_after_a_commit_keeps_it(
    watched: Watched, empty_database_url: str, moment: When, left: int
) -> None:
    connection = await watched.connect()
    watched.cut = moment
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        async with connection.transaction():
            await connection.execute("INSERT INTO things VALUES (1)")
    direct = await asyncpg.connect(empty_database_url)
    assert await direct.fetchval("SELECT count(*) FROM things") == left
    await direct.close()


def test_tables_written_by_a_statement_are_read_from_its_sql() -> None:
    assert writes_of("WITH a AS (UPDATE jobs SET x = 1 RETURNING *) INSERT INTO log SELECT * FROM a") == [
        "UPDATE jobs",
        "INSERT log",
    ]
    assert writes_of("SELECT 1 FROM jobs FOR NO KEY UPDATE SKIP LOCKED") == []
