"""Counts how often a job took its worker down: begun, and neither ended nor handed back.

A worker that dies takes down everything it was at, the innocent too. They would all be taken over together and die
together again, so a job that saw two crashes starts at a moment of its own choosing.
"""

import asyncio
import random
import time
from datetime import timedelta
from typing import Final

from pgqueuer.domain.models import Job as TakenJob
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.errors import translating

# The count lies in the job's own row, so that it is gone with the job. Every ordinary end of a run that does not delete
# the row counts one more attempt.
_BEGIN: Final = text(
    "UPDATE pgqueuer SET headers = CASE WHEN jsonb_typeof(headers) = 'object' THEN headers ELSE '{}' END"
    " || jsonb_build_object('starts', CASE WHEN :forgiven THEN attempts ELSE coalesce((headers->>'starts')::int, 0) END"
    " + 1) WHERE id = :id"
    " RETURNING (headers->>'starts')::int - 1 - attempts"
)
SUSPECT: Final = 2
"""From so many crashes on a job may be what causes them."""
_UNRECORDED_S: Final = 60.0
"""For how long an unended run says nothing: as long as ends cannot be written down, none can be told from a crash."""
_APART: Final = 10.0
"""Seconds over which suspects are spread."""


class Crashes:
    """The crashes of jobs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # One after the other, so that jobs begin in the order in which they were taken: the most urgent first.
        self._turn = asyncio.Lock()
        self._forgiving_until = time.monotonic()

    def forgive(self) -> None:
        """The end of a run could not be written down: for a while no crash is counted, earlier ones are forgotten."""
        self._forgiving_until = time.monotonic() + _UNRECORDED_S

    async def before(self, job: TakenJob) -> int:
        """Note that the job begins; how many of its runs so far ended with their worker. Raises RetryLater."""
        facts = {"id": job.id, "forgiven": time.monotonic() < self._forgiving_until}
        with translating():
            async with self._turn, self._engine.begin() as connection:
                return max((await connection.execute(_BEGIN, facts)).scalar_one_or_none() or 0, 0)


def apart(crashes: int) -> timedelta | None:
    """How long a job steps back, so that suspects do not run side by side; None: it runs now."""
    if crashes < SUSPECT or random.random() < 0.5:  # a coin, no secret
        return None
    return timedelta(seconds=random.uniform(0.5, _APART))
