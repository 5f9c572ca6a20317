"""How pgqueuer writes down which jobs have ended: together, a moment after the first; it looks for none meanwhile."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from pgqueuer.core import buffers
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS

GATHERED_S: Final = 0.05
"""What ends within it is written down by one statement. pgqueuer looks each 0.1 s, so half of that on average."""

_BUFFER: Final = "JobStatusLogBuffer"


@dataclass
class EndedJobs(buffers.JobStatusLogBuffer):
    """pgqueuer's buffer, which else wakes its process ten times a second to find nothing."""

    _came: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    async def add(self, item: tuple[Job, JOB_STATUS, TracebackRecord | None]) -> None:
        """Keep it until it is written down."""
        await super().add(item)
        self._came.set()

    async def __aexit__(self, *exc: object) -> None:
        """Write the rest down."""
        self.shutdown.set()
        self._came.set()
        await super().__aexit__(*exc)

    async def periodic_flush(self) -> None:
        """Write down what came, until the end; again and again what could not be."""
        while not self.shutdown.is_set():
            await self._came.wait()
            self._came.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.shutdown.wait(), GATHERED_S)
            await self.flush()
            if not self.events.empty():
                self._came.set()


def record_together() -> None:
    """Have pgqueuer's queues keep theirs in it; they can be given none."""
    vars(buffers)[_BUFFER] = EndedJobs
