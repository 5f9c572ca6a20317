"""Counts how often a job took its worker down: begun, and neither ended nor handed back.

A worker that dies takes down everything it was at, the innocent too. They would all be taken over together and die
together again, so a job that saw two crashes starts at a moment of its own choosing.
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
"""From so many crashes on a job may be what causes them."""
# The count lies in the job's own row, so that it is gone with the job. Every ordinary end of a run that does not delete
# the row counts one more attempt.
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
"""For how long an unended run says nothing: as long as ends cannot be written down, none can be told from a crash."""
_SPREAD_S: Final = 10.0
"""Seconds over which suspects are spread."""


class Crashes:
    """The crashes of jobs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        # One after the other, so that jobs begin in the order in which they were taken: the most urgent first.
        self._note_batch = BatchLoader[tuple[int, bool], int](self._note)
        self._forgiving_until = time.monotonic()

    def forgive(self) -> None:
        """The end of a run could not be written down: for a while no crash is counted, earlier ones are forgotten."""
        self._forgiving_until = time.monotonic() + _UNRECORDED_S

    async def record_start(self, job: TakenJob, *, gives_key: bool = False) -> int:
        """Note that the job begins; how many of its runs so far ended with their worker. Raises RetryLater.

        gives_key: unless it is suspect by them, the next job of its key may be queued from now on.
        """
        return await self._note_batch((job.id, gives_key))

    async def give_up_key(self, job: TakenJob) -> None:
        """Let the next job of its key be queued."""
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
    """How long a job steps back, so that suspects do not run side by side; None: it runs now."""
    if crashes < SUSPECT or random.random() < 0.5:  # a coin, no secret
        return None
    return timedelta(seconds=random.uniform(0.5, _SPREAD_S))
