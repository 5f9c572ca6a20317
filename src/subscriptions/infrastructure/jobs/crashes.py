"""Count of the times that a job crashed its worker: the job started, and was neither finished nor requeued.

A crashing worker also interrupts the unrelated jobs that it was running. If other workers took over all these jobs
together, they might crash too, so a job with two crashes starts after a random delay.
"""

import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from pgqueuer.domain.models import Job as TakenJob
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.batch_loader import BatchLoader
from subscriptions.infrastructure.database.errors import translate_errors

SUSPECT: Final = 2
"""Number of crashes after which a job is suspected of causing them."""
# The count is stored in the job's own row, so that it is deleted with the job. Every regular end of a run that keeps
# the row increases the number of attempts.
_BEGIN: Final = text(
    "WITH begun AS (SELECT job.id, open.gives,"
    " CASE WHEN :forgiven THEN attempts ELSE coalesce((headers->>'starts')::int, 0) END AS starts"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:gives AS boolean[])) AS open(id, gives) JOIN pgqueuer job USING (id))"
    " UPDATE pgqueuer SET headers = CASE WHEN jsonb_typeof(headers) = 'object' THEN headers ELSE '{}' END"
    " || jsonb_build_object('starts', begun.starts + 1),"
    " dedupe_key = CASE WHEN begun.gives AND begun.starts - attempts < :suspect THEN NULL ELSE dedupe_key END"
    " FROM begun WHERE pgqueuer.id = begun.id RETURNING pgqueuer.id, begun.starts - attempts AS crashes"
)
_FREE_KEY: Final = text("UPDATE pgqueuer SET dedupe_key = NULL WHERE id = :id")
_UNRECORDED_S: Final = 60.0
"""Seconds for which runs without a recorded result do not count as crashes. While results cannot be recorded, a
finished run looks like a crash.
"""
_SPREAD_S: Final = 10.0
"""Maximum delay of a suspected job in seconds."""


class Crashes:
    """Recorder and counter of jobs that crash their worker."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        # Starts are recorded one batch after another, so that jobs start in the order in which they were taken, the
        # most urgent first.
        self._note_batch = BatchLoader[tuple[int, bool], int](self._note)
        self._forgiving_until = time.monotonic()

    def forgive(self) -> None:
        """Stop counting crashes for a while, and ignore earlier crashes, because the end of a run could not be
        recorded.
        """
        self._forgiving_until = time.monotonic() + _UNRECORDED_S

    async def record_start(self, job: TakenJob, *, gives_key: bool = False) -> int:
        """Record the start of a job. Return the number of the job's earlier runs that ended in a crash. Raises
        RetryLater for a temporary database error.

        gives_key: clear the job's deduplication key now, so that another job with that key can be queued; the key is
            kept if the job is suspected
        """
        return await self._note_batch((job.id, gives_key))

    async def give_up_key(self, job: TakenJob) -> None:
        """Clear the job's deduplication key, so that another job with that key can be queued."""
        with translate_errors():
            async with self._engine.connect() as connection:
                await connection.execute(_FREE_KEY, {"id": job.id})

    async def _note(self, started_jobs: Sequence[tuple[int, bool]]) -> Mapping[tuple[int, bool], int]:
        facts = {
            "ids": [job_id for job_id, _ in started_jobs],
            "gives": [gives for _, gives in started_jobs],
            "suspect": SUSPECT,
            "forgiven": time.monotonic() < self._forgiving_until,
        }
        with translate_errors():
            async with self._engine.connect() as connection:
                crashes = {row.id: row.crashes for row in await connection.execute(_BEGIN, facts)}
        return {each: max(crashes.get(each[0]) or 0, 0) for each in started_jobs}


def step_back(crashes: int) -> timedelta | None:
    """Return a random delay for a suspected job, so that suspected jobs do not run together; None if the job may run
    now.
    """
    if crashes < SUSPECT or random.random() < 0.5:  # A random choice without security relevance.
        return None
    return timedelta(seconds=random.uniform(0.5, _SPREAD_S))
