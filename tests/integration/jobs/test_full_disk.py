"""Database with a temporary shortage of a resource: no job is quarantined, no worker ends, and the owners are informed
of the cause.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.errors import DatabaseUnavailable
from subscriptions.infrastructure.jobs.admin import JobView
from subscriptions.infrastructure.jobs.worker import JobWorker
from tests.integration.jobs.conftest import TAKES_OVER, Bench, eventually

FULL = (
    "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$"
)
ENDED = "NEW.status <> 'picked'"
HASTY = replace(TAKES_OVER, heartbeat=timedelta(seconds=1), crashes=2)


@asynccontextmanager
async def full(bench: Bench, table: str, what: str, when: str = "true") -> AsyncIterator[None]:
    """Make statements of this kind (INSERT, UPDATE) on the table fail during the block. when: the affected rows."""
    async with bench.engine.begin() as connection:
        await connection.execute(text(FULL))
        await connection.execute(
            text(
                f"CREATE TRIGGER is_full BEFORE {what} ON {table} FOR EACH ROW WHEN ({when})"
                " EXECUTE FUNCTION full_disk()"
            )
        )
    try:
        yield
    finally:
        async with bench.engine.begin() as connection:
            await connection.execute(text(f"DROP TRIGGER is_full ON {table}"))


async def test_job_whose_completion_cannot_be_recorded_is_not_treated_as_a_crash(bench: Bench) -> None:
    ran = asyncio.Semaphore(0)

    async def work(payload: dict[str, object]) -> None:
        ran.release()

    await bench.enqueue(Job(name="core.try", payload={"v": 1}))
    async with bench.worker({"core.try": work}, HASTY):
        async with full(bench, "pgqueuer_log", "INSERT", ENDED):
            for _ in range(HASTY.crashes + 2):
                await asyncio.wait_for(ran.acquire(), 90)
        await bench.empty()
    assert await bench.admin.list("failed") == []


async def test_job_that_fails_on_a_full_database_disk_is_requeued_although_it_cannot_be_logged(bench: Bench) -> None:
    tries = asyncio.Semaphore(0)
    mended = asyncio.Event()

    async def work(payload: dict[str, object]) -> None:
        tries.release()
        if not mended.is_set():
            raise DatabaseUnavailable("the database's disk is full", "database_disk_full")

    await bench.enqueue(Job(name="core.try", payload={"v": 1}))
    async with bench.worker({"core.try": work}, TAKES_OVER):
        async with full(bench, "pgqueuer_log", "INSERT", ENDED):
            await asyncio.wait_for(tries.acquire(), 90)
            await eventually(lambda: put_back(bench))
        mended.set()
        await bench.empty()
    assert await bench.admin.list("failed") == []


async def put_back(bench: Bench) -> bool:
    return [job.attempts for job in await bench.admin.list("queued") if job.name == "core.try"] == [1]


async def test_worker_survives_a_queue_that_cannot_be_updated(bench: Bench) -> None:
    done = asyncio.Event()
    cried: list[str] = []

    async def work(payload: dict[str, object]) -> None:
        done.set()

    async def alert_owners(trouble: str) -> None:
        cried.append(trouble)

    await bench.enqueue(Job(name="core.try", payload={"v": 1}))
    stop = asyncio.Event()
    worker = JobWorker(bench.engine, SystemClock(), {"core.try": work}, limits=TAKES_OVER, alert_owners=alert_owners)
    async with full(bench, "pgqueuer", "UPDATE"):
        running = asyncio.create_task(worker.run(stop))
        await asyncio.wait_for(worker.startup.wait(), 90)

        async def alerted_or_over() -> bool:
            return bool(cried) or running.done()

        await eventually(alerted_or_over)
    await asyncio.wait_for(done.wait(), 90)
    stop.set()
    await asyncio.wait_for(running, 90)
    assert set(cried) == {"database_disk_full"}


async def test_owners_are_alerted_that_the_database_disk_is_full(bench: Bench) -> None:
    tries = asyncio.Semaphore(0)
    mended = asyncio.Event()

    async def work(payload: dict[str, object]) -> None:
        tries.release()
        if not mended.is_set():
            raise DatabaseUnavailable("the database's disk is full", "database_disk_full")

    await bench.enqueue(*(Job(name="core.try", payload={"v": 1, "n": number}) for number in range(2)))
    async with bench.engine.begin() as connection:
        await connection.execute(text("UPDATE pgqueuer SET attempts = 7, headers = '{\"starts\": 7}'"))
    async with bench.worker({"core.try": work}, TAKES_OVER):
        for _ in range(2):
            await asyncio.wait_for(tries.acquire(), 90)
        await eventually(lambda: notified(bench))
        mended.set()
        await bench.empty()
    alarms = {str(view.payload["key"]): view.payload["kind"] for view in await alarms_of(bench)}
    assert list(alarms.values()) == ["database_disk_full"]
    assert await bench.admin.list("failed") == []


async def alarms_of(bench: Bench) -> list[JobView]:
    return [view for view in await bench.admin.list("queued") if view.name == RaiseAlarm.name]


async def notified(bench: Bench) -> bool:
    return bool(await alarms_of(bench))
