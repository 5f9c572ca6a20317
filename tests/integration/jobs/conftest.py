"""Worker with the test's own handlers, and access to the queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.jobs.admin import JobAdmin
from subscriptions.infrastructure.jobs.executor import Handler
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.jobs.worker import JobWorker, WorkerLimits

QUICK = WorkerLimits(heartbeat=timedelta(minutes=2), grace=timedelta(minutes=1))
"""Limits long enough that a busy machine causes no reassigned job. Each test states its own wait."""
TAKES_OVER = replace(QUICK, heartbeat=timedelta(seconds=2), grace=timedelta(seconds=3))
"""Limits for tests that begin with a killed worker or lost connections."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Open an engine for the test's database."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


class Bench:
    """Helper that runs workers and inspects jobs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.admin = JobAdmin(engine)

    async def enqueue(self, *jobs: Job) -> None:
        """Enqueue jobs in a separate transaction."""
        async with self.engine.begin() as connection:
            await PgJobQueue(connection).enqueue_all(jobs)

    @asynccontextmanager
    async def worker(
        self,
        handlers: dict[str, Handler],
        limits: WorkerLimits = QUICK,
        in_doubt: bool = False,
        returning: bool = False,
    ) -> AsyncIterator[JobWorker]:
        """Run a worker during the block. in_doubt, returning: see JobWorker."""
        worker = JobWorker(
            self.engine,
            SystemClock(),
            handlers,
            limits=limits,
            in_doubt=lambda: in_doubt,
            is_returning=lambda: returning,
        )
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        try:
            await asyncio.wait_for(worker.startup.wait(), 90)
            yield worker
        finally:
            stop.set()
            await asyncio.wait_for(running, 90)

    async def queued(self) -> list[str]:
        """Return the names of waiting and running jobs, except alarms, because no bot runs here."""
        async with self.engine.connect() as connection:
            return list(
                (
                    await connection.execute(
                        text("SELECT entrypoint FROM pgqueuer WHERE status <> 'failed' AND entrypoint <> 'bot.alarm'")
                    )
                ).scalars()
            )

    async def empty(self) -> None:
        """Wait until no job waits or runs."""
        await eventually(self.is_empty)

    async def is_empty(self) -> bool:
        """Return True if no job waits or runs."""
        return not await self.queued()


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 90) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it never came to hold"
        await asyncio.sleep(0.02)


@pytest.fixture
def bench(engine: AsyncEngine) -> Bench:
    """Return a Bench on the test's database."""
    return Bench(engine)
