"""pgqueuer's own connections, and what to do while they are broken."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, HealthCheckId

from subscriptions.infrastructure.database.address import connect_options
from subscriptions.infrastructure.jobs.queue import ANY, TOLD_ON

log = structlog.get_logger(__name__)

CONNECTION_ERRORS: Final = (
    OSError,
    asyncpg.InterfaceError,
    # What the driver says when the server hangs up between two of its steps.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
)
"""The connection is gone, or the server lacks what it needs, whatever way it was noticed."""

LISTENER_ERRORS: Final = (*CONNECTION_ERRORS, FailingListenerError)

QUEUE_CONNECTIONS: Final = 6
"""Of a process's connections those of its queue: one listens, the others take and finish jobs."""

_CLOSE_SECONDS: Final = 3
_TABLE_EVENT: Final = "table_changed_event"
_WAKE: Final = json.dumps(
    {
        "channel": "ch_pgqueuer",
        "operation": "insert",
        "sent_at": "1970-01-01T00:00:00+00:00",
        "table": "pgqueuer",
        "type": _TABLE_EVENT,
    }
)
_NEXT_JOB: Final = (
    "SELECT CASE WHEN EXISTS (SELECT FROM pgqueuer WHERE status = 'queued' AND entrypoint = ANY($1)"
    " AND execute_after <= now()) THEN interval '0' ELSE (SELECT min(execute_after) - now() FROM pgqueuer"
    " WHERE status = 'queued' AND entrypoint = ANY($1)) END AS wait"
)
_PUT_BACK: Final = (
    "UPDATE pgqueuer SET status = 'queued', execute_after = now() + $2::interval, attempts = attempts + 1,"
    " updated = now(), queue_manager_id = NULL WHERE id = $1"
)


class ListeningDriver(AsyncpgPoolDriver):
    """pgqueuer's driver over a pool, which knows when it listens, and when that or an answer was lost.

    pgqueuer wakes whoever listens with each job that is queued or done, whoever's it is; here only what is served does,
    as `PgJobQueue` tells it.
    """

    def __init__(self, pool: Any, serves: Callable[[str], bool] = lambda _: True) -> None:
        """serves: whether jobs of a name are worked here."""
        super().__init__(pool)
        self.listens, self.loss = asyncio.Event(), asyncio.Event()
        self._serves = serves
        self._wakers: list[Callable[[str | bytes | bytearray], None]] = []

    def wake(self) -> None:
        """Have the queue looked at now."""
        for waker in self._wakers:
            waker(_WAKE)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """The rows."""
        try:
            return await super().fetch(query, *args)
        except CONNECTION_ERRORS:
            self.loss.set()
            raise

    async def add_listener(self, channel: str, callback: Callable[[str | bytes | bytearray], None]) -> None:
        """Listen, and say so."""
        await super().add_listener(channel, partial(_but_changes, callback))
        await super().add_listener(TOLD_ON, self._notify)
        self._wakers.append(callback)
        if self._listener_connection is not None:
            self._listener_connection.add_termination_listener(lambda _: self.loss.set())
        self.listens.set()

    def _notify(self, names: str | bytes | bytearray) -> None:
        if names == ANY or any(self._serves(name) for name in str(names).split()):
            self.wake()


def _but_changes(callback: Callable[[str | bytes | bytearray], None], payload: str | bytes | bytearray) -> None:
    if _TABLE_EVENT not in str(payload):
        callback(payload)


class PatientQueries(Queries):
    """pgqueuer's statements, except that a database in trouble never makes a job a failed one.

    on_unrecorded: called when the end of a job's run could not be written down.
    """

    on_unrecorded: Callable[[], None] = staticmethod(lambda: None)
    _wait: timedelta | None = None

    async def eligible_queued_work(self, entrypoints: list[Any]) -> int:
        """Whether something could be taken that was not. pgqueuer asks three things after each look; one statement
        knows all of them."""
        rows = await self.driver.fetch(_NEXT_JOB, entrypoints)
        wait = rows[0]["wait"] if rows else None
        self._wait = wait if isinstance(wait, timedelta) else None
        return int(self._wait is not None and self._wait <= timedelta())

    async def next_deferred_eta(self, entrypoints: list[Any]) -> timedelta | None:
        """As was found just now."""
        return self._wait

    async def queued_work(self, entrypoints: list[Any]) -> int:
        """As was found just now."""
        return int(self._wait is not None)

    async def notify_health_check(self, health_check_event_id: HealthCheckId) -> None:
        """pgqueuer probes its listener before it listens: the first probe would be lost and look like a broken one."""
        if isinstance(self.driver, ListeningDriver):
            await self.driver.listens.wait()
        await super().notify_health_check(health_check_event_id)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Re-queue, at need without a record of why; where neither can be said now the job stays picked, and runs
        again when its heartbeat is old."""
        try:
            await super().retry_job(job, delay, traceback_record)
            # How long the next look can wait has changed.
            self._look_again()
        except CONNECTION_ERRORS:
            try:
                await self.driver.execute(_PUT_BACK, job.id, delay)
            except CONNECTION_ERRORS as error:
                self.on_unrecorded()
                log.warning("job left to its heartbeat", job=job.entrypoint, id=job.id, error=type(error).__name__)

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Write down how runs ended; pgqueuer tries again what could not be."""
        try:
            await super().log_jobs(job_status)
        except CONNECTION_ERRORS:
            self.on_unrecorded()
            raise
        if self._wait is not None and self._wait <= timedelta():
            # There was more than could be worked at once.
            self._look_again()

    def _look_again(self) -> None:
        if isinstance(self.driver, ListeningDriver):
            self.driver.wake()


@asynccontextmanager
async def queue_pool(url: str) -> AsyncIterator[Any]:
    """A small pool of its own for the queue: one connection listens, the others take and finish jobs."""
    pool = await asyncpg.create_pool(
        **connect_options(url, timezone="UTC", application_name="umbral queue"),
        min_size=2,
        max_size=QUEUE_CONNECTIONS,
        command_timeout=30,
        reset=_as_it_is,
    )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), _CLOSE_SECONDS)
        except (TimeoutError, *CONNECTION_ERRORS):
            pool.terminate()


async def _as_it_is(_: Any) -> None:
    """Nothing is left behind that a connection had to be rid of: its usual cleaning is a trip after each statement."""


def queries_over(driver: ListeningDriver, on_unrecorded: Callable[[], None]) -> PatientQueries:
    """pgqueuer's statements over a pool."""
    queries = PatientQueries(driver)
    queries.on_unrecorded = on_unrecorded
    return queries
