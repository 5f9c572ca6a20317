"""Compare the cost of enqueueing jobs in the transaction of their cause with pgqueuer's own way of enqueueing.

`python -m benchmarks.queueing [--rounds 7] [--seconds 1]`

Runs one transaction at a time over one connection, as a unit of work does, on a fresh PostgreSQL with its default
durability.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.ports.driver import Driver
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from benchmarks.rows import Row, say, tell
from subscriptions.bootstrap import migrate
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from umbral.demo.postgres import EmbeddedPostgres

PAYLOAD = {"v": 1, "inbox_id": "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"}
Enqueue = Callable[[int], Awaitable[object]]


class OverSqlalchemy:
    """The driver interface that pgqueuer needs to enqueue jobs, over SQLAlchemy."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run one statement and return its rows."""
        result = await self._connection.exec_driver_sql(query, args)
        return [dict(row) for row in result.mappings()]


def pgqueuers(engine: AsyncEngine) -> Enqueue:
    """Return a function that enqueues a number of jobs in one transaction with pgqueuer."""
    payload = json.dumps(PAYLOAD).encode()

    async def enqueue(count: int) -> None:
        async with engine.begin() as connection:
            queries = Queries(cast(Driver, OverSqlalchemy(connection)))
            await queries.enqueue(["other.work"] * count, [payload] * count, [20] * count)

    return enqueue


def ours(engine: AsyncEngine) -> Enqueue:
    """Return a function that enqueues a number of jobs in one transaction with our queue."""

    async def enqueue(count: int) -> None:
        async with engine.begin() as connection:
            await PgJobQueue(connection).enqueue_all([Job(name="core.work", payload=PAYLOAD)] * count)

    return enqueue


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[AsyncEngine]:
    """Provide an engine with one permanent connection."""
    engine = create_engine(url, pool_size=1, max_overflow=0)
    try:
        yield engine
    finally:
        await engine.dispose()


async def rate(enqueue: Enqueue, count: int, seconds: float) -> float:
    """Return the number of jobs enqueued per second."""
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        await enqueue(count)
        done += count
    return done / (time.perf_counter() - began)


async def compare(url: str, options: argparse.Namespace) -> None:
    """Measure our queue and pgqueuer in turn, round by round."""
    async with opened(url) as engine:
        other, own = pgqueuers(engine), ours(engine)
        for count in (1, 20, 200):
            await other(count)
            await own(count)
            rounds = [
                (await rate(other, count, options.seconds), await rate(own, count, options.seconds))
                for _ in range(options.rounds)
            ]
            limit, reached = (statistics.median(each[index] for each in rounds) for index in (0, 1))
            row = Row(
                f"jobs queued, {count} a transaction",
                f"{limit:.0f}/s by pgqueuer",
                f"{reached:.0f}/s",
                [mine / theirs for theirs, mine in rounds],
                "≥ 1",
            )
            tell(row)
            say(row.line())


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres")
        try:
            server.start()
            migrate.upgrade(server.url)
            say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            asyncio.run(compare(server.url, options))
        finally:
            server.erase()


if __name__ == "__main__":
    main()
