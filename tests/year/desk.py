"""Queued jobs of all processes, run one after the other by the product's executors, in simulated time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import anyio
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context
from pgqueuer.domain.models import Job as TakenJob
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.bootstrap.job_handlers import JobHandler
from subscriptions.infrastructure.jobs.executor import Bench, HandlerExecutor, JobHeld, same_job
from subscriptions.infrastructure.jobs.queue import PgJobQueue, decode
from tests.fakes.clock import ManualClock
from tests.year.chance import Stream
from tests.year.journal import Journal
from tests.year.line import Line

_TAKE = """
WITH done AS (DELETE FROM pgqueuer WHERE id = $2)
SELECT * FROM pgqueuer WHERE status = 'queued' AND NOT id = ANY($1::int[]) AND id IS DISTINCT FROM $2
AND ($3::text[] IS NULL OR entrypoint = ANY($3)) ORDER BY priority DESC, id LIMIT 1
"""
_HOLD = "UPDATE pgqueuer SET status = 'failed' WHERE id = $1"
_FREE_KEY = "UPDATE pgqueuer SET dedupe_key = NULL WHERE id = $1"

REPEATED, REPEATED_BRISK = 0.02, 0.15
"""Share of jobs that run a second time after completion, as if their worker had been killed before it recorded the
result: in a normal year, and in a brisk span (see `Span`).
"""


class Desk:
    """Runner of queued jobs in the queue's order. after: callback for every finished job. held: quarantined jobs."""

    def __init__(
        self,
        engine: AsyncEngine,
        connection: Line,
        clock: ManualClock,
        handlers: Mapping[str, JobHandler],
        journal: Journal,
        chance: Stream,
        after: Callable[[str, Mapping[str, Any]], Awaitable[None]],
        brisk: bool,
    ) -> None:
        self._engine = engine
        self._connection = connection
        self._clock = clock
        self._journal = journal
        self._chance = chance
        self._after = after
        self._repeated = REPEATED_BRISK if brisk else REPEATED
        self._bench = Bench(give_up_key=self._give_up_key, postpone=self._postpone, record_start=self._begun)
        self._executors = {name: HandlerExecutor(handler, self._bench) for name, handler in handlers.items()}
        self._waiting: dict[int, tuple[datetime, int]] = {}
        self._done: int | None = None
        self._keyed = False
        self._context = Context(cancellation=anyio.CancelScope())
        self.held: list[str] = []

    def next_moment(self) -> datetime | None:
        """Return the time at which a failed job runs again, or None."""
        return min((moment for moment, _ in self._waiting.values()), default=None)

    def is_called(self) -> bool:
        """Return True if a failed job is due again."""
        moment = self.next_moment()
        return moment is not None and moment <= self._clock.now()

    def forget(self) -> None:
        """Clear the list of failed jobs after a restore of the database."""
        self._waiting.clear()

    async def work(self, only: Collection[str] | None = None) -> int:
        """Run all due jobs and return their number. only: names of the jobs to run."""
        done = 0
        while (job := await self._take(only)) is not None:
            await self._run(job)
            done += 1
        return done

    async def _take(self, only: Collection[str] | None) -> TakenJob | None:
        now = self._clock.now()
        resting = [number for number, (moment, _) in self._waiting.items() if moment > now]
        row = await self._connection.fetchrow(_TAKE, resting, self._done, None if only is None else sorted(only))
        self._done = None
        if row is None:
            return None
        self._keyed = row["dedupe_key"] is not None
        attempts = self._waiting.pop(row["id"], (now, 0))[1]
        return TakenJob.model_validate({**row, "attempts": attempts})

    async def _run(self, job: TakenJob) -> None:
        self._journal.log("job", job.entrypoint, (job.payload or b"").decode())
        executor = self._executors[job.entrypoint]
        try:
            await executor.execute(job, self._context)
            if self._chance.happens(self._repeated):
                self._journal.log("once more", job.entrypoint)
                await executor.execute(job, self._context)
        except RetryRequested as same_job:
            self._journal.log("again", job.entrypoint, same_job.reason or "")
            self._waiting[job.id] = (self._clock.now() + same_job.delay, job.attempts + 1)
            return
        except JobHeld as held:
            self._journal.log("held", job.entrypoint, held)
            self.held.append(f"{job.entrypoint} {(job.payload or b'').decode()}: {held}")
            await self._connection.execute(_HOLD, job.id)
            return
        # The record of completion is written with the query for the next job.
        self._done = job.id
        await self._after(job.entrypoint, decode(job.payload))

    async def _begun(self, job: TakenJob, *, gives_key: bool) -> int:
        if gives_key:
            await self._give_up_key(job)
        return 0

    async def _give_up_key(self, job: TakenJob) -> None:
        if self._keyed:
            await self._connection.execute(_FREE_KEY, job.id)

    async def _postpone(self, job: TakenJob, wait: timedelta) -> None:
        later = same_job(job, self._clock.now() + wait)
        async with self._engine.begin() as connection:
            await PgJobQueue(connection).enqueue(later)
