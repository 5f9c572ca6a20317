"""After an outage, who has paid goes first: what failed lets more urgent work that failed have its turn.

The queue's own order holds among jobs that may start at the same moment. After a failure each has a moment of its own,
and when the outside world is back, a reminder's may be the next.
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
"""Longer than the longest pause between two tries."""


class Precedence:
    """Tells a job whether to step back once more.

    patience: after so long it runs all the same; what is more urgent may have a trouble of its own that never ends.
    """

    def __init__(self, engine: AsyncEngine, patience: timedelta) -> None:
        self._engine = engine
        self._patience_s = patience.total_seconds()
        self._first_tries: dict[int, float] = {}

    async def is_outranked(self, job: TakenJob, names: Collection[object]) -> bool:
        """Whether more urgent work of these names is being tried again. Never for long. Raises RetryLater.

        Asked about what failed before, and about what can wait anyhow.
        """
        if not may_be_outranked(job):
            return False
        start = self._first_tries.setdefault(job.id, time.monotonic())
        if time.monotonic() - start < self._patience_s and await self._more_urgent(job.priority, names):
            return True
        del self._first_tries[job.id]
        if len(self._first_tries) > _FORGET:
            # Taken over by other workers in the meantime, or dropped.
            self._first_tries.clear()
        return False

    async def _more_urgent(self, priority: int, names: Collection[object]) -> bool:
        facts = {"priority": priority, "names": [str(name) for name in names], "soon": _RETRY_PAUSE}
        with translate_errors():
            async with self._engine.connect() as connection:
                return bool((await connection.execute(_MORE_URGENT, facts)).scalar())


def may_be_outranked(job: TakenJob) -> bool:
    """Whether `outranked` may be true of it at all."""
    return bool(job.attempts) or job.priority <= Priority.LOW
