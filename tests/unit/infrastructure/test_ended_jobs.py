"""Check that ended jobs are reported to pgqueuer in batches, promptly and completely, and that no polling happens while
idle.
"""

from __future__ import annotations

import asyncio
import selectors
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, JobId

from subscriptions.infrastructure.jobs.ended import EndedJobs

IDLE_S = 1.0
PATIENCE_S = 90.0
Ended = tuple[Job, JOB_STATUS, TracebackRecord | None]


class Counting(selectors.DefaultSelector):
    """Selector that counts the iterations of the event loop."""

    looks = 0

    def select(self, timeout: float | None = None) -> Any:
        self.looks += 1
        return super().select(timeout)


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run the work and return the number of iterations of the event loop."""
    selector = Counting()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        runner.run(work())
        return selector.looks


class Log:
    """Recorder of the written batches, one list per statement.

    failures: number of writes that fail first.
    """

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.written: list[list[int]] = []
        self._more = asyncio.Event()

    async def log_jobs(self, job_status: list[Ended]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError
        self.written.append([int(job.id) for job, _, _ in job_status])
        self._more.set()

    async def comes_to(self, wanted: list[list[int]]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.written != wanted:
                self._more.clear()
                await self._more.wait()


def done(number: int) -> Ended:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    job = Job(
        id=JobId(number),
        priority=0,
        created=moment,
        updated=moment,
        heartbeat=moment,
        execute_after=moment,
        status="picked",
        entrypoint="core.try",
        payload=None,
        queue_manager_id=uuid.uuid4(),
        headers=None,
        attempts=0,
    )
    return job, "successful", None


def test_idle_buffer_of_ended_jobs_does_not_poll() -> None:
    async def idle() -> None:
        async with EndedJobs(max_size=10, repository=Log()):
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), IDLE_S)

    # A loop that begins and ends has ten iterations; pgqueuer's own polling made it 47.
    assert run(idle) <= 25


def test_jobs_that_end_together_are_written_promptly_in_one_statement() -> None:
    log = Log()

    async def work() -> None:
        async with EndedJobs(max_size=10, repository=log) as ended:
            for number in (1, 2, 3):
                await ended.add(done(number))
            await log.comes_to([[1, 2, 3]])
            await ended.add(done(4))
            await log.comes_to([[1, 2, 3], [4]])

    run(work)


def test_full_buffer_of_ended_jobs_is_written_at_once() -> None:
    log = Log()

    async def work() -> None:
        async with EndedJobs(max_size=2, repository=log) as ended:
            await ended.add(done(1))
            await ended.add(done(2))
            for _ in range(3):
                await asyncio.sleep(0)
            assert log.written == [[1, 2]]

    run(work)


def test_failed_write_is_retried_until_it_succeeds() -> None:
    log = Log(failures=2)

    async def work() -> None:
        async with EndedJobs(max_size=10, repository=log) as ended:
            await ended.add(done(1))
            await log.comes_to([[1]])

    run(work)


def test_remaining_jobs_are_written_at_shutdown() -> None:
    log = Log()

    async def work() -> None:
        async with EndedJobs(max_size=10, repository=log) as ended:
            await ended.add(done(1))

    run(work)
    assert log.written == [[1]]
