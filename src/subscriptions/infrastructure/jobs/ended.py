"""Recording of finished jobs in pgqueuer without polling. Jobs that finish shortly after one another are recorded
together.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from pgqueuer.core import buffers
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS

GATHERED_S: Final = 0.05
"""Seconds for which finished jobs are collected for one statement. pgqueuer polls every 0.1 s, so the average delay of
a job is the same.
"""

_BUFFER: Final = "JobStatusLogBuffer"


@dataclass
class EndedJobs(buffers.JobStatusLogBuffer):
    """Replacement for pgqueuer's buffer, which would wake its process ten times a second even without finished jobs."""

    _came: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    async def add(self, item: tuple[Job, JOB_STATUS, TracebackRecord | None]) -> None:
        """Add a finished job to the buffer."""
        await super().add(item)
        self._came.set()

    async def __aexit__(self, *exc: object) -> None:
        """Record the finished jobs that remain in the buffer."""
        self.shutdown.set()
        self._came.set()
        await super().__aexit__(*exc)

    async def periodic_flush(self) -> None:
        """Record the collected jobs until shutdown. Failed records are retried."""
        while not self.shutdown.is_set():
            await self._came.wait()
            self._came.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.shutdown.wait(), GATHERED_S)
            await self.flush()
            if not self.events.empty():
                self._came.set()


def record_together() -> None:
    """Make pgqueuer's queues use `EndedJobs`. pgqueuer does not accept a buffer as an argument."""
    vars(buffers)[_BUFFER] = EndedJobs
