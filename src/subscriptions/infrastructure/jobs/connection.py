"""pgqueuer's own connections, and what to do while they are broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job, TracebackRecord

log = structlog.get_logger(__name__)

LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)
"""The connection is gone, whatever way it was noticed."""

BROKEN: Final = (*LOST, FailingListenerError)

_CLOSE_SECONDS: Final = 3


class PatientQueries(Queries):
    """pgqueuer's statements, except that a lost connection never makes a job a failed one."""

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Re-queue; where that cannot be said now the job stays picked, and runs again when its heartbeat is old."""
        try:
            await super().retry_job(job, delay, traceback_record)
        except LOST as error:
            log.warning("job left to its heartbeat", job=job.entrypoint, id=job.id, error=type(error).__name__)


@asynccontextmanager
async def queue_pool(dsn: str) -> AsyncIterator[Any]:
    """A small pool of its own for the queue: one connection listens, the others take and finish jobs."""
    pool = await asyncpg.create_pool(
        dsn,
        min_size=2,
        max_size=6,
        timeout=10,
        command_timeout=30,
        server_settings={"timezone": "UTC", "application_name": "umbral queue"},
    )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)
        except (TimeoutError, *LOST):
            pool.terminate()


def queries_over(pool: Any) -> PatientQueries:
    """pgqueuer's statements over the pool."""
    return PatientQueries(AsyncpgPoolDriver(pool))
