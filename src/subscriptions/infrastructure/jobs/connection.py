"""Database connections of pgqueuer, and the handling of their failures."""

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
from subscriptions.infrastructure.jobs.queue import ANY, NOTIFY_CHANNEL

log = structlog.get_logger(__name__)

CONNECTION_ERRORS: Final = (
    OSError,
    asyncpg.InterfaceError,
    # The driver raises this error when the server closes the connection between two steps of the driver.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
)
"""Errors that show that the connection is lost or that the database server lacks a resource."""

LISTENER_ERRORS: Final = (*CONNECTION_ERRORS, FailingListenerError)

QUEUE_CONNECTIONS: Final = 6
"""Number of a process's connections that its queue uses: one listens, the others take and finish jobs."""

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
    """pgqueuer's driver over a connection pool. It signals when it starts listening, and when the listener or a query
    loses its connection.

    pgqueuer wakes every listener for each job that is queued or finished. This driver wakes only for jobs that this
    process runs, whose names `PgJobQueue` announces.
    """

    def __init__(self, pool: Any, serves: Callable[[str], bool] = lambda _: True) -> None:
        """`serves`: function that returns True if this process runs jobs with a given name."""
        super().__init__(pool)
        self.listens, self.loss = asyncio.Event(), asyncio.Event()
        self._serves = serves
        self._wakers: list[Callable[[str | bytes | bytearray], None]] = []

    def wake(self) -> None:
        """Make the queue check for jobs now."""
        for waker in self._wakers:
            waker(_WAKE)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Return the rows of a query."""
        try:
            return await super().fetch(query, *args)
        except CONNECTION_ERRORS:
            self.loss.set()
            raise

    async def add_listener(self, channel: str, callback: Callable[[str | bytes | bytearray], None]) -> None:
        """Start listening on a channel, and set the event `listens`."""
        await super().add_listener(channel, partial(_but_changes, callback))
        await super().add_listener(NOTIFY_CHANNEL, self._notify)
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
    """pgqueuer's statements, changed so that a database problem never marks a job as failed.

    `on_unrecorded`: function that is called when the end of a job's run could not be recorded.
    """

    on_unrecorded: Callable[[], None] = staticmethod(lambda: None)
    _wait: timedelta | None = None

    async def eligible_queued_work(self, entrypoints: list[Any]) -> int:
        """Return 1 if a job is due and was not taken, otherwise 0. pgqueuer runs two more queries after each check;
        this statement fetches the results of all three.
        """
        rows = await self.driver.fetch(_NEXT_JOB, entrypoints)
        wait = rows[0]["wait"] if rows else None
        self._wait = wait if isinstance(wait, timedelta) else None
        return int(self._wait is not None and self._wait <= timedelta())

    async def next_deferred_eta(self, entrypoints: list[Any]) -> timedelta | None:
        """Return the time from the last check until the next deferred job is due; None if no job is deferred."""
        return self._wait

    async def queued_work(self, entrypoints: list[Any]) -> int:
        """Return 1 if any job was queued at the last check, otherwise 0."""
        return int(self._wait is not None)

    async def notify_health_check(self, health_check_event_id: HealthCheckId) -> None:
        """Wait until the driver listens, then send a health check. pgqueuer sends its first check before it listens;
        that check would be lost and look like a broken listener.
        """
        if isinstance(self.driver, ListeningDriver):
            await self.driver.listens.wait()
        await super().notify_health_check(health_check_event_id)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Requeue a job. If the reason cannot be recorded, requeue the job without it. If that fails too, the job stays
        picked and runs again when its heartbeat is too old.
        """
        try:
            await super().retry_job(job, delay, traceback_record)
            # Check again, because the time until the next job has changed.
            self._look_again()
        except CONNECTION_ERRORS:
            try:
                await self.driver.execute(_PUT_BACK, job.id, delay)
            except CONNECTION_ERRORS as error:
                self.on_unrecorded()
                log.warning("job left to its heartbeat", job=job.entrypoint, id=job.id, error=type(error).__name__)

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Record the results of job runs. If recording fails, pgqueuer tries again."""
        try:
            await super().log_jobs(job_status)
        except CONNECTION_ERRORS:
            self.on_unrecorded()
            raise
        if self._wait is not None and self._wait <= timedelta():
            # Check again, because more jobs were due than could be taken at once.
            self._look_again()

    def _look_again(self) -> None:
        if isinstance(self.driver, ListeningDriver):
            self.driver.wake()


@asynccontextmanager
async def queue_pool(url: str) -> AsyncIterator[Any]:
    """Open a small separate connection pool for the queue: one connection listens, the others take and finish jobs."""
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
    """Skip the pool's usual cleanup of a connection. There is nothing to clean, and the cleanup would cost a round trip
    after each statement.
    """


def queries_over(driver: ListeningDriver, on_unrecorded: Callable[[], None]) -> PatientQueries:
    """Create pgqueuer's statements on a driver. `on_unrecorded`: see `PatientQueries`."""
    queries = PatientQueries(driver)
    queries.on_unrecorded = on_unrecorded
    return queries
