"""pgqueuer's own connections, and what to do while they are broken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import HealthCheckId

log = structlog.get_logger(__name__)

LOST: Final = (
    OSError,
    asyncpg.InterfaceError,
    # What the driver says when the server hangs up between two of its steps.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)
"""The connection is gone, whatever way it was noticed."""

BROKEN: Final = (*LOST, FailingListenerError)

_CLOSE_SECONDS: Final = 3


class ListeningDriver(AsyncpgPoolDriver):
    """pgqueuer's driver over a pool, which knows when it listens."""

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self.listens = asyncio.Event()

    async def add_listener(self, channel: str, callback: Callable[[str | bytes | bytearray], None]) -> None:
        """Listen, and say so."""
        await super().add_listener(channel, callback)
        self.listens.set()


class PatientQueries(Queries):
    """pgqueuer's statements, except that a lost connection never makes a job a failed one."""

    async def notify_health_check(self, health_check_event_id: HealthCheckId) -> None:
        """pgqueuer probes its listener before it listens: the first probe would be lost and look like a broken one."""
        if isinstance(self.driver, ListeningDriver):
            await self.driver.listens.wait()
        await super().notify_health_check(health_check_event_id)

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
    return PatientQueries(ListeningDriver(pool))
