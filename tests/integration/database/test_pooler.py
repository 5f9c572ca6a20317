"""Database access of the processes through PgBouncer in transaction mode, where no session state survives a
transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.bootstrap import doctor
from subscriptions.domain.entities import variable
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.inbox import Delivery
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.deliveries import SqlDeliveries
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.leases import Leases
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.jobs.worker import JobWorker, WorkerLimits
from tests.fakes import samples
from tests.fakes.units import route_by_name, sql_unit
from tests.integration.database.test_connections import environ
from tests.support.pooler import LENT, pooled

MANY = 4 * LENT

ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"
"""Statement whose effect is limited to its transaction."""


@pytest.fixture
def pooler_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Run a pooler in front of the test's database and yield its URL."""
    with pooled(database_url, tmp_path) as url:
        yield url


@pytest.fixture
async def engine(pooler_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(pooler_url, is_pooled=True)
    yield engine
    await engine.dispose()


async def test_many_concurrent_units_of_work_succeed_through_the_pooler(engine: AsyncEngine) -> None:
    async def one(number: int) -> None:
        plan = samples.plan(name=f"Plan {number}")
        async with sql_unit(engine, route_by_name) as uow:
            await uow.plans.save(plan)
            await uow.commit()
        for _ in range(5):
            async with sql_unit(engine, route_by_name) as uow:
                found = await uow.plans.get(plan.id)
                assert found is not None
                assert found.name == plan.name
                assert await uow.variables.get(variable.text("nobody wrote this")) is None

    await asyncio.gather(*map(one, range(MANY)))
    async with sql_unit(engine, route_by_name) as uow:
        assert len(await uow.plans.all()) == MANY


async def test_lease_statements_outside_a_transaction_take_effect_at_once_through_the_pooler(
    engine: AsyncEngine,
) -> None:
    leases, hour = Leases(engine), timedelta(hours=1)

    async def one(number: int) -> None:
        for _ in range(5):
            assert await leases.acquire(f"lease {number}", "me", hour)
            assert not await leases.acquire(f"lease {number}", "another", hour)
        assert (await leases.holders(f"lease {number}")).get("") == "me"

    await asyncio.gather(*map(one, range(MANY)))


async def test_concurrent_deliveries_are_stored(engine: AsyncEngine) -> None:
    keep = SqlDeliveries(engine, route_by_name)

    async def one(number: int) -> None:
        for key in map(str, range(5)):
            event = samples.event(event_key=f"{number}:{key}")
            entry = samples.inbox_entry(id=InboxId(new_uuid()), event=event)
            assert (await keep([Delivery(entry=entry, cause=None)]))[entry.id].new

    await asyncio.gather(*map(one, range(MANY)))


async def test_locks_and_settings_last_for_one_transaction(engine: AsyncEngine) -> None:
    inside = 0

    async def one(_: int) -> None:
        nonlocal inside
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
            inside += 1
            await connection.execute(text(ROOM))
            assert (await connection.execute(text("SELECT current_setting('work_mem')"))).scalar_one() == "64MB"
            assert inside == 1
            inside -= 1
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT current_setting('work_mem')"))).scalar_one() != "64MB"
            assert (await connection.execute(text("SELECT current_setting('timezone')"))).scalar_one() == "UTC"

    await asyncio.gather(*map(one, range(MANY)))


async def test_worker_listens_for_jobs_on_a_direct_connection(engine: AsyncEngine, database_url: str) -> None:
    done = asyncio.Queue[int]()

    async def work(payload: dict[str, Any]) -> None:
        done.put_nowait(payload["v"])

    # Polling would find the job only after the test has failed.
    limits = WorkerLimits(poll=timedelta(hours=1))
    worker = JobWorker(engine, SystemClock(), {"core.try": work}, direct_url=database_url, limits=limits)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        await asyncio.wait_for(worker.startup.wait(), 90)
        for number in range(MANY):
            async with engine.begin() as connection:
                await PgJobQueue(connection).enqueue(Job(name="core.try", payload={"v": number}))
            assert await asyncio.wait_for(done.get(), 90) == number
    finally:
        stop.set()
        await running


async def test_doctor_reports_an_undeclared_pooler(database_url: str, pooler_url: str) -> None:
    def logged(lines: object) -> bool:
        return "DATABASE_DIRECT_URL" in str(lines)

    assert logged(await doctor.report_of_database(environ(pooler_url)))
    assert logged(await doctor.report_of_database(environ(pooler_url, DATABASE_DIRECT_URL=pooler_url)))
    assert not logged(await doctor.report_of_database(environ(pooler_url, DATABASE_DIRECT_URL=database_url)))
    assert not logged(await doctor.report_of_database(environ(database_url)))
