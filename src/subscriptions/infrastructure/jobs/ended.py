"""Recording of finished jobs in pgqueuer: all that finish shortly after the first are recorded together, without
polling.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from pgqueuer.core import buffers
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS

GATHERED_S: Final = 0.05
"""Time in which finished jobs are collected for one statement, in seconds. pgqueuer polls every 0.1 s, so on average a
job waits as long.
"""

_BUFFER: Final = "JobStatusLogBuffer"


@dataclass
class EndedJobs(buffers.JobStatusLogBuffer):
    """Replacement of pgqueuer's buffer, which would wake its process ten times a second without need."""

    _came: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    async def add(self, item: tuple[Job, JOB_STATUS, TracebackRecord | None]) -> None:
        """Add a finished job to the buffer."""
        await super().add(item)
        self._came.set()

    async def __aexit__(self, *exc: object) -> None:
        """Record the remaining jobs."""
        self.shutdown.set()
        self._came.set()
        await super().__aexit__(*exc)

    async def periodic_flush(self) -> None:
        """Record the collected jobs until shutdown; failed records are retried."""
        while not self.shutdown.is_set():
            await self._came.wait()
            self._came.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.shutdown.wait(), GATHERED_S)
            await self.flush()
            if not self.events.empty():
                self._came.set()


def record_together() -> None:
    """Make pgqueuer's queues use this buffer, which they do not accept as an argument."""
    vars(buffers)[_BUFFER] = EndedJobs
