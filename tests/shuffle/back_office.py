"""Worker for the product's jobs, which runs due jobs and retries jobs on request."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.bootstrap.worker import job_handlers
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ports.job_queue import Job
from tests.shuffle.market import Market
from tests.year.chance import Stream

SOON: Final = timedelta(seconds=8)
PATIENCE: Final = timedelta(minutes=20)
"""Maximum time for which an event may wait for another event."""


@dataclass
class BackOffice:
    """Worker for jobs. refused: error messages of jobs that a provider refused permanently."""

    market: Market
    chance: Stream
    refused: list[str] = field(default_factory=list)
    _waiting: list[Job] = field(default_factory=list)
    _seen: int = 0

    def __post_init__(self) -> None:
        self._handlers = job_handlers(self.market.container.worker())

    async def work(self) -> None:
        """Run all due jobs in random order until none is due."""
        while due := self._due():
            self.chance.shuffle(due)
            for job in due:
                await self._attempt(job)

    async def run_due_jobs(self) -> None:
        """Run all due jobs, and advance the clock to run the jobs that are due within `PATIENCE` too."""
        await self.work()
        ends = self.market.now() + PATIENCE
        while (next_at := self._next()) is not None and next_at <= ends:
            await self.market.advance(max(next_at - self.market.now(), timedelta(seconds=1)))
            await self.work()

    async def look_at_clock(self) -> None:
        """Run the scheduled work that the worker runs about once per second."""
        await self.market.container.worker.run_due()()
        await self.work()

    def _due(self) -> list[Job]:
        new = self.market.memory.jobs[self._seen :]
        self._seen += len(new)
        self._waiting += [job for job in new if job.name in self._handlers]
        now = self.market.now()
        due = [job for job in self._waiting if job.not_before is None or job.not_before <= now]
        self._waiting = [job for job in self._waiting if job.not_before is not None and job.not_before > now]
        return due

    def _next(self) -> datetime | None:
        moments = [job.not_before for job in self._waiting if job.not_before is not None]
        return min(moments, default=None)

    async def _attempt(self, job: Job) -> None:
        try:
            await self._handlers[job.name](dict(job.payload))
        except RetryLater as again:
            self._waiting.append(replace(job, not_before=self.market.now() + (again.delay or SOON)))
        except Permanent as refusal:
            self.refused.append(f"{job.name}: {refusal}")
