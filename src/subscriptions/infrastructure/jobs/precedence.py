"""Precedence of failed jobs after an outage: a failed job yields to more urgent failed jobs, so that customers who have
paid come first.

The queue orders only jobs that may start at the same time. After a failure, each job has its own retry time, so when an
external service recovers, a reminder could otherwise run before more urgent jobs.
"""

import time
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from pgqueuer.domain.models import Job as TakenJob
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.ports.job_queue import Priority
from subscriptions.infrastructure.database.errors import translate_errors

STEP_BACK: Final = timedelta(seconds=2)
_FORGET: Final = 10_000

_MORE_URGENT: Final = text(
    "SELECT EXISTS (SELECT FROM pgqueuer WHERE status IN ('queued', 'picked') AND attempts > 0"
    " AND priority > :priority AND entrypoint = ANY(:names) AND execute_after < now() + CAST(:soon AS interval))"
)
_RETRY_PAUSE: Final = timedelta(seconds=10)
"""Pause that is longer than the longest delay between two attempts."""


class Precedence:
    """Policy that decides whether a job must yield. `patience`: time after which a job no longer yields, because the
    more urgent job may have a permanent problem.
    """

    def __init__(self, engine: AsyncEngine, patience: timedelta) -> None:
        self._engine = engine
        self._patience_s = patience.total_seconds()
        self._first_tries: dict[int, float] = {}

    async def is_outranked(self, job: TakenJob, names: Collection[object]) -> bool:
        """Return True while more urgent jobs with these names are being retried, but at most for `patience`. Raises
        RetryLater for a temporary database error.

        Only jobs that failed before and jobs of low priority can be outranked.
        """
        if not may_be_outranked(job):
            return False
        start = self._first_tries.setdefault(job.id, time.monotonic())
        if time.monotonic() - start < self._patience_s and await self._more_urgent(job.priority, names):
            return True
        del self._first_tries[job.id]
        if len(self._first_tries) > _FORGET:
            # Discard jobs that other workers have taken, or that were deleted.
            self._first_tries.clear()
        return False

    async def _more_urgent(self, priority: int, names: Collection[object]) -> bool:
        facts = {"priority": priority, "names": [str(name) for name in names], "soon": _RETRY_PAUSE}
        with translate_errors():
            async with self._engine.connect() as connection:
                return bool((await connection.execute(_MORE_URGENT, facts)).scalar())


def may_be_outranked(job: TakenJob) -> bool:
    """Return True if the job failed before or has a low priority, so that `is_outranked` may be True for it."""
    return bool(job.attempts) or job.priority <= Priority.LOW
