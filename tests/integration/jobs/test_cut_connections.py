"""Queue whose connections are cut at any point: no job is lost or marked as failed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from sqlalchemy import text
from structlog.testing import capture_logs

from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.job_queue import Job
from tests.integration.jobs.conftest import TAKES_OVER, Bench, eventually

JOB = Job(name="core.try", payload={"v": 1})


async def test_queue_continues_after_its_connections_are_cut(bench: Bench) -> None:
    seen = asyncio.Event()

    async def work(payload: dict[str, Any]) -> None:
        seen.set()

    with capture_logs() as logs:
        async with bench.worker({"core.try": work}, TAKES_OVER):
            await eventually(lambda: _noted_when_cut(bench, logs))
            await bench.enqueue(JOB)
            await asyncio.wait_for(seen.wait(), 90)
            await bench.empty()
    # A lost connection and a stop are not an end of the queue that needs attention.
    assert {line["event"] for line in logs if line["log_level"] != "info"} == {"queue connection lost"}


async def test_job_whose_worker_lost_the_database_is_not_failed(bench: Bench) -> None:
    runs = count(1)

    async def work(payload: dict[str, Any]) -> None:
        if next(runs) == 1:
            await _cut_the_queue(bench)
            raise RetryLater("busy")

    await bench.enqueue(JOB)
    async with bench.worker({"core.try": work}, TAKES_OVER):
        await eventually(bench.is_empty)
    assert next(runs) == 3
    assert await bench.admin.list("failed") == []


async def test_job_canceled_by_its_queue_runs_again(bench: Bench) -> None:
    """A queue that loses its connections while it waits for running jobs cancels these jobs."""
    runs: list[asyncio.Task[Any] | None] = []
    go_on = asyncio.Event()

    async def work(payload: dict[str, Any]) -> None:
        runs.append(asyncio.current_task())
        await go_on.wait()

    async def ran(times: int) -> bool:
        return len(runs) == times

    await bench.enqueue(JOB)
    async with bench.worker({"core.try": work}, TAKES_OVER):
        await eventually(lambda: ran(1))
        assert runs[0] is not None
        runs[0].cancel()
        await eventually(lambda: ran(2))
        go_on.set()
        await bench.empty()


async def test_long_job_does_not_prevent_a_restart_of_the_queue(bench: Bench) -> None:
    runs = count(1)

    async def work(payload: dict[str, Any]) -> None:
        if next(runs) == 1:
            await _cut_the_queue(bench)
            await asyncio.Event().wait()

    await bench.enqueue(JOB)
    async with bench.worker({"core.try": work}, TAKES_OVER):
        await bench.empty()
    assert next(runs) == 3


async def _noted_when_cut(bench: Bench, logs: Sequence[Mapping[str, Any]]) -> bool:
    """Return True if the worker noticed the cut. A worker that is still connecting has no connection to cut, so the cut
    is repeated.
    """
    if not any(line["log_level"] != "info" for line in logs):
        await _cut_the_queue(bench)
        return False
    return True


async def _cut_the_queue(bench: Bench) -> None:
    async with bench.engine.connect() as connection:
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'umbral queue'")
        )
