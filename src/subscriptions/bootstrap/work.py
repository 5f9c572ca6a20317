"""Working jobs for as long as a process serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import JobHandlers
from subscriptions.infrastructure.jobs.worker import CryOut, JobWorker

__all__ = ["JobWorker", "open_worker"]


@asynccontextmanager
async def open_worker(
    core: CoreContainer, handlers: JobHandlers, *, cry_out: CryOut | None = None
) -> AsyncIterator[JobWorker]:
    """Take jobs while the block runs; at its end running jobs get their grace. cry_out: as for JobWorker.

    A worker that breaks off by itself takes the process with it: better restarted than idle.
    """
    settings = core.settings()
    direct = settings.database_direct_url.get_secret_value() if settings.database_direct_url else None
    worker = JobWorker(core.engine(), core.clock(), handlers, direct_url=direct, cry_out=cry_out)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()
