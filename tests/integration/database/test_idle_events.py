"""Payment events that wait without a job: they get a job within the hour, and the owners are alerted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.jobs import ApplyPaymentEvent
from subscriptions.application.payments.watch_events import PATIENCE, WatchEvents
from subscriptions.application.routing import jobs_for
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.idle_events import SqlIdleEvents
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.units import Units, sql_unit
from tests.support.postgres import as_process

LATE = PATIENCE + timedelta(minutes=1)
JOB = ApplyPaymentEvent.name


@pytest.fixture
async def event(units: Units) -> InboxId:
    """Store an event received at noon, without the job that applies it."""
    entry = samples.inbox_entry(status=InboxStatus.PENDING, received_at=NOON)
    async with units() as uow:
        assert await uow.inbox.add_if_new(entry)
        await uow.commit()
    return entry.id


async def queued_after_the_check(database_url: str, units: Units, after: timedelta = LATE) -> list[str]:
    """Run the check twice as the worker's database user, the given time after noon, and return the names of all
    jobs.
    """
    engine = create_engine(as_process(database_url, "worker"))
    worker = Units(lambda: sql_unit(engine, jobs_for), engine=engine)
    for _ in range(2):
        await WatchEvents(worker, ManualClock(NOON + after), SqlIdleEvents(engine))()
    await engine.dispose()
    return sorted(await units.job_names())


async def enqueue(engine: AsyncEngine, job: Job) -> None:
    async with engine.begin() as connection:
        await PgJobQueue(connection).enqueue(job)


async def test_event_without_a_job_gets_a_job_and_is_reported_within_the_hour(
    database_url: str, units: Units, event: InboxId
) -> None:
    assert await queued_after_the_check(database_url, units, timedelta(minutes=30)) == []
    assert await queued_after_the_check(database_url, units) == ["bot.alarm", JOB]


async def test_event_dated_in_the_future_is_reported(database_url: str, units: Units, event: InboxId) -> None:
    assert await queued_after_the_check(database_url, units, -LATE) == ["bot.alarm", JOB]


@pytest.mark.parametrize("status", ["queued", "picked", "failed"])
async def test_event_with_a_job_is_not_reported(
    database_url: str, engine: AsyncEngine, units: Units, event: InboxId, status: str
) -> None:
    await enqueue(engine, ApplyPaymentEvent(inbox_id=event).job())
    async with engine.begin() as connection:
        await connection.execute(text(f"UPDATE pgqueuer SET status = '{status}'"))
    assert await queued_after_the_check(database_url, units) == [JOB]


async def test_event_with_a_postponed_job_is_not_reported(
    database_url: str, engine: AsyncEngine, units: Units, event: InboxId
) -> None:
    await enqueue(engine, ApplyPaymentEvent(inbox_id=event).delayed_job(NOON + LATE, event))
    assert await queued_after_the_check(database_url, units) == []


async def test_applied_event_is_not_reported(
    database_url: str, engine: AsyncEngine, units: Units, event: InboxId
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE webhook_inbox SET status = 'applied'"))
    assert await queued_after_the_check(database_url, units) == []


async def test_unreadable_job_does_not_stop_the_check(
    database_url: str, engine: AsyncEngine, units: Units, event: InboxId
) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO pgqueuer (entrypoint, payload, priority, status)"
                f" VALUES ('{JOB}', '\\xff00'::bytea, 0, 'queued')"
            )
        )
    assert await queued_after_the_check(database_url, units) == ["bot.alarm", JOB, JOB]


async def test_unreadable_event_does_not_stop_the_check(
    database_url: str, engine: AsyncEngine, units: Units, event: InboxId
) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at,"
                " origin) VALUES (gen_random_uuid(), 'acme', 'x', '{}', '', 'pending', 0, :at, 'told')"
            ),
            {"at": NOON - timedelta(minutes=1)},
        )
    assert await queued_after_the_check(database_url, units) == ["bot.alarm", JOB, JOB]
