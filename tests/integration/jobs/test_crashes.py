"""Check that a job that kills its worker is not retried forever, and that an owner is alerted about every quarantined
job.
"""

from __future__ import annotations

import asyncio
import sys
import textwrap
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from subscriptions.domain.errors import AlreadyReported, Permanent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.jobs.decision import UNEXPECTED_ATTEMPTS
from subscriptions.infrastructure.jobs.worker import WorkerLimits
from tests.integration.jobs.conftest import Bench, eventually

CRASHES = 3
PATIENCE = 90.0

POISONED_WORKER = textwrap.dedent(
    """
    import asyncio, os, sys
    from datetime import timedelta
    from subscriptions.infrastructure.clock import SystemClock
    from subscriptions.infrastructure.database.engine import create_engine
    from subscriptions.infrastructure.jobs.worker import JobWorker, WorkerLimits

    async def poison(payload):
        os._exit(7)

    limits = WorkerLimits(heartbeat=timedelta(seconds=1), crashes=int(sys.argv[2]))
    worker = JobWorker(create_engine(sys.argv[1]), SystemClock(), {"core.try": poison}, limits=limits)
    asyncio.run(worker.run(asyncio.Event()))
    """
)


async def crash(database_url: str) -> int:
    """Run a worker until it dies or the time limit is reached; return its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", POISONED_WORKER, database_url, str(CRASHES), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        return await asyncio.wait_for(process.wait(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def alarms(bench: Bench) -> list[dict[str, object]]:
    """Return the queued alarms."""
    return [dict(view.payload) for view in await bench.admin.list("queued") if view.name == "bot.alarm"]


async def test_job_that_kills_its_worker_is_parked_with_an_alarm(bench: Bench, database_url: str) -> None:
    await bench.enqueue(Job(name="core.try", payload={"v": 1}))
    for _ in range(CRASHES):
        assert await crash(database_url) == 7

    async def survive(payload: dict[str, object]) -> None:
        raise AssertionError("it must not run again")

    limits = WorkerLimits(heartbeat=timedelta(seconds=1), crashes=CRASHES)
    async with bench.worker({"core.try": survive}, limits):
        await eventually(lambda: failed(bench), PATIENCE)
    [kept] = await bench.admin.list("failed")
    assert f"took its worker down {CRASHES} times" in (kept.error or "")
    [alarm] = await alarms(bench)
    assert (alarm["kind"], dict(alarm["facts"])["job"]) == ("job_crashes", "core.try")

    # Requeued by hand, the job has all its attempts again.
    ran = asyncio.Event()

    async def work(payload: dict[str, object]) -> None:
        ran.set()

    await bench.admin.requeue([kept.id])
    async with bench.worker({"core.try": work}, limits):
        await asyncio.wait_for(ran.wait(), PATIENCE)
        await eventually(lambda: gone(bench), PATIENCE)


async def failed(bench: Bench) -> bool:
    return bool(await bench.admin.list("failed"))


async def gone(bench: Bench) -> bool:
    return "core.try" not in await bench.queued()


@pytest.mark.parametrize(
    ("error", "notified"),
    [
        (ValueError("a fault of ours"), ["ValueError: a fault of ours"]),
        (Permanent("it never will"), ["it never will"]),
        (AlreadyReported("and the owners know"), []),
    ],
    ids=["unexpected", "permanent", "already reported"],
)
async def test_failed_job_is_reported_once_a_day(bench: Bench, error: Exception, notified: list[str]) -> None:
    await bench.enqueue(*(Job(name="core.try", payload={"v": 1, "n": number}) for number in range(2)))
    if isinstance(error, ValueError):
        await exhaust(bench)

    async def fail(payload: dict[str, object]) -> None:
        raise error

    async with bench.worker({"core.try": fail}):
        await eventually(lambda: both(bench), PATIENCE)
    raised = {str(alarm["key"]): (str(alarm["kind"]), alarm["facts"]["reason"]) for alarm in await alarms(bench)}
    assert list(raised.values()) == [("job_held", reason) for reason in notified]


async def test_failing_alarm_raises_no_other_alarm(bench: Bench) -> None:
    await bench.enqueue(Job(name="bot.alarm", payload={"v": 1}))

    async def fail(payload: dict[str, object]) -> None:
        raise Permanent("no chat")

    async with bench.worker({"bot.alarm": fail}):
        await eventually(lambda: failed(bench), PATIENCE)
    assert await alarms(bench) == []


async def both(bench: Bench) -> bool:
    return len(await bench.admin.list("failed")) == 2


async def exhaust(bench: Bench) -> None:
    """Set the attempts of the jobs to one less than the maximum."""
    async with bench.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE pgqueuer SET attempts = CAST(:n AS int),"
                " headers = jsonb_build_object('starts', CAST(:n AS int))"
            ),
            {"n": UNEXPECTED_ATTEMPTS - 1},
        )


async def test_starts_of_concurrent_jobs_are_recorded_in_few_statements(bench: Bench) -> None:
    statements: list[str] = []
    event.listen(bench.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    begun: list[int] = []
    free = asyncio.Event()

    async def handler(payload: dict[str, object]) -> None:
        begun.append(int(str(payload["n"])))
        await free.wait()

    await bench.enqueue(*(Job(name="core.try", payload={"n": n}, key=f"k{n}") for n in range(8)))
    async with bench.worker({"core.try": handler}):

        async def all_begun() -> bool:
            return len(begun) == 8

        await eventually(all_begun)
        noted = [each for each in statements if "UPDATE pgqueuer" in each]
        assert len(noted) <= 3, noted
        await bench.enqueue(Job(name="core.try", payload={"n": 8}, key="k0"))
        free.set()
        await bench.empty()
    assert sorted(begun) == list(range(9))
