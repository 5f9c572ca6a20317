"""Jobs in the queue: written in the transaction of their cause, merged by key, and run when due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from subscriptions.application.alarms.watch_clock import WatchClock
from subscriptions.bootstrap.worker import release
from subscriptions.domain.errors import InvalidInput, Permanent, RetryLater
from subscriptions.domain.ports.job_queue import Job, Priority
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.tracing import current_cause, stretch, trace_of
from subscriptions.infrastructure.jobs import due
from subscriptions.infrastructure.jobs.connection import ListeningDriver, queue_pool
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.jobs.queue import PAYLOAD_LIMIT, PgJobQueue
from tests.fakes.clock import ManualClock
from tests.fakes.memory import Memory
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.fakes.units import route_by_name, sql_unit
from tests.integration.jobs.conftest import Bench, eventually

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def job(name: str = "core.try", **more: Any) -> Job:
    return Job(name=name, payload={"v": 1}, **more)


async def test_rollback_discards_an_enqueued_job(bench: Bench) -> None:
    async with bench.engine.connect() as connection:
        await PgJobQueue(connection).enqueue(job())
        await connection.rollback()
    assert await bench.queued() == []


async def test_jobs_with_the_same_name_and_key_are_merged_at_the_highest_priority(bench: Bench) -> None:
    await bench.enqueue(job(key="k"), job(key="k"), job("bot.try", key="k"))
    await bench.enqueue(job(key="k", priority=Priority.HIGH))
    waiting = await bench.admin.list("queued")
    assert sorted((one.name, one.priority) for one in waiting) == [("bot.try", 10), ("core.try", 20)]


async def test_new_job_wakes_only_workers_that_handle_its_name(bench: Bench, database_url: str) -> None:
    woken = dict[str, asyncio.Queue[str]]()
    async with queue_pool(database_url) as pool:
        for serves in ("core.try", "bot.try"):
            wakes = woken.setdefault(serves, asyncio.Queue())
            driver = ListeningDriver(pool, {serves}.__contains__)
            await driver.add_listener("ch_pgqueuer", lambda said, wakes=wakes: wakes.put_nowait(str(said)))
        await bench.enqueue(job("bot.try"))
        await bench.enqueue(job("core.try"))
        for wakes in woken.values():
            await asyncio.wait_for(wakes.get(), 90)
            assert wakes.empty(), "what came before was not for them"


async def test_job_names_too_long_for_a_notification_wake_every_worker(bench: Bench, database_url: str) -> None:
    woken = asyncio.Event()
    async with queue_pool(database_url) as pool:
        driver = ListeningDriver(pool, {"core.other"}.__contains__)
        await driver.add_listener("ch_pgqueuer", lambda _: woken.set())
        await bench.enqueue(*[job(f"userbot.acc.{number}") for number in range(1000)])
        await asyncio.wait_for(woken.wait(), 90)


async def test_running_job_is_not_replaced_by_the_next_job_with_the_same_key(bench: Bench) -> None:
    runs: list[int] = []
    first, go_on = asyncio.Event(), asyncio.Event()

    async def work(payload: dict[str, Any]) -> None:
        runs.append(1)
        first.set()
        await go_on.wait()

    await bench.enqueue(job(key="k"))
    async with bench.worker({"core.try": work}):
        await first.wait()
        await bench.enqueue(job(key="k"))
        go_on.set()
        await bench.empty()
    assert len(runs) == 2


async def test_queued_job_does_not_start_while_a_transaction_that_queues_it_again_is_open(bench: Bench) -> None:
    started = asyncio.Event()
    committed = False
    seen: list[bool] = []

    async def work(payload: dict[str, Any]) -> None:
        seen.append(committed)
        started.set()

    await bench.enqueue(job(key="k"))
    async with bench.engine.connect() as connection:
        await PgJobQueue(connection).enqueue(job(key="k"))
        async with bench.worker({"core.try": work}):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(started.wait(), 1)
            committed = True
            await connection.commit()
            await bench.empty()
    assert seen == [True]


async def test_delayed_job_is_released_at_its_time_and_with_its_priority(bench: Bench) -> None:
    due = DueJobs(bench.engine)
    await bench.enqueue(job(not_before=NOON, key="k", priority=Priority.HIGH), job("bot.try", not_before=NOON))
    assert await due.release_due(NOON - timedelta(seconds=1)) == 0
    assert await bench.queued() == []
    assert await due.release_due(NOON) == 2
    assert await due.release_due(NOON) == 0
    waiting = await bench.admin.list("queued")
    assert sorted((one.name, one.priority) for one in waiting) == [("bot.try", 10), ("core.try", 20)]


async def test_delayed_jobs_are_not_released_before_the_clock_is_verified(bench: Bench) -> None:
    memory, clock, due = Memory(), ManualClock(NOON), DueJobs(bench.engine)
    watch = WatchClock(lambda: MemoryUnitOfWork(memory), clock, None, "host-1")
    await bench.enqueue(job(not_before=NOON))
    assert await release(due, watch, clock) == 0
    await watch()
    assert await release(due, watch, clock) == 1


async def test_jobs_with_the_same_key_keep_the_earliest_time(bench: Bench) -> None:
    due = DueJobs(bench.engine)
    for hours in (5, 2, 9):
        await bench.enqueue(job(not_before=NOON + timedelta(hours=hours), key="k"))
    assert await due.release_due(NOON + timedelta(hours=2)) == 1
    assert await due.release_due(NOON + timedelta(hours=10)) == 0


async def test_checked_delayed_job_is_not_released_before_its_time(bench: Bench) -> None:
    due, far = DueJobs(bench.engine), NOON + timedelta(days=40)
    await bench.enqueue(job(not_before=far, key="k"), job("bot.try", not_before=far), job(not_before=NOON))
    for _ in range(2):
        assert await due.look_now(NOON) == 2
    assert sorted(one.name for one in await bench.admin.list("queued")) == ["bot.try", "bot.try", "core.try"]
    assert await due.release_due(far) == 3


async def test_due_jobs_are_released_once_by_concurrent_schedulers(bench: Bench) -> None:
    await bench.enqueue(*(job(not_before=NOON) for _ in range(1200)))
    released = await asyncio.gather(*(DueJobs(bench.engine).release_due(NOON) for _ in range(2)))
    rest = await DueJobs(bench.engine).release_due(NOON)
    assert sum(released) + rest == 1200
    assert len(await bench.admin.list("queued", limit=5000)) == 1200


async def test_due_jobs_are_released_in_batches_of_limited_size_under_any_query_plan(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCH", 2)

    @event.listens_for(bench.engine.sync_engine, "begin")
    def choose(connection: Connection) -> None:
        # The plan that PostgreSQL chooses itself when its statistics are old.
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")

    await bench.enqueue(*(job(not_before=NOON) for _ in range(5)))
    assert await DueJobs(bench.engine).release_due(NOON) == 5
    async with bench.engine.connect() as connection:
        together = await connection.execute(text("SELECT count(*) FROM pgqueuer GROUP BY xmin ORDER BY 1"))
        assert list(together.scalars()) == [1, 2, 2]


async def test_large_payload_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match="payload"):
        await bench.enqueue(Job(name="core.try", payload={"v": 1, "text": "x" * PAYLOAD_LIMIT}))


async def test_old_records_are_pruned_except_those_of_failed_jobs(bench: Bench) -> None:
    async def work(payload: dict[str, Any]) -> None:
        return

    async def fail(payload: dict[str, Any]) -> None:
        raise Permanent("the provider said no")

    await bench.enqueue(job(), job("core.fail"))
    async with bench.worker({"core.try": work, "core.fail": fail}):
        await bench.empty()
    everything_is_old = timedelta(seconds=-60)
    async with sql_unit(bench.engine, route_by_name) as uow:
        assert await uow.personal_data.prune(Record.LOG_IDS, NOON, everything_is_old, 1) > 0
        assert await uow.personal_data.prune(Record.LOG_IDS, NOON, everything_is_old, 1000) > 0
        await uow.commit()
    async with bench.engine.connect() as connection:
        recorded = (await connection.execute(text("SELECT DISTINCT entrypoint FROM pgqueuer_log"))).scalars().all()
    assert recorded == ["core.fail"]
    (failed,) = await bench.admin.list("failed")
    assert failed.error == "Permanent: the provider said no"
    assert failed.age < timedelta(minutes=1)


CAUSE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_job_continues_the_trace_of_its_cause(bench: Bench) -> None:
    seen: list[str | None] = []

    async def work(payload: dict[str, Any]) -> None:
        seen.append(trace_of(current_cause()))
        if len(seen) == 1:
            raise RetryLater("once more", delay=timedelta(seconds=1))
        if len(seen) == 2:
            async with bench.engine.begin() as connection:
                await PgJobQueue(connection).enqueue(job(not_before=NOON, key="later"))

    with stretch("update", CAUSE):
        await bench.enqueue(job(key="k"))
    async with bench.worker({"core.try": work}):
        await eventually(lambda: asyncio.sleep(0, len(seen) == 2))
        await bench.empty()
        assert await DueJobs(bench.engine).release_due(NOON) == 1
        await eventually(lambda: asyncio.sleep(0, len(seen) == 3))
    assert set(seen) == {trace_of(CAUSE)}


async def test_postponed_job_keeps_its_cause(bench: Bench) -> None:
    seen: list[str | None] = []

    async def work(payload: dict[str, Any]) -> None:
        seen.append(trace_of(current_cause()))
        if len(seen) == 1:
            raise RetryLater("in an hour", delay=timedelta(hours=1))

    with stretch("webhook", CAUSE):
        await bench.enqueue(job())
    async with bench.worker({"core.try": work}):
        await bench.empty()
        assert await DueJobs(bench.engine).release_due(datetime.now(UTC) + timedelta(hours=2)) == 1
        await bench.empty()
    assert seen == [trace_of(CAUSE)] * 2


async def test_job_without_a_cause_starts_its_own_trace(bench: Bench) -> None:
    seen: list[str | None] = []

    async def work(payload: dict[str, Any]) -> None:
        seen.append(trace_of(current_cause()))

    await bench.enqueue(job(), job())
    async with bench.worker({"core.try": work}):
        await bench.empty()
    assert None not in seen
    assert len(set(seen)) == 2
