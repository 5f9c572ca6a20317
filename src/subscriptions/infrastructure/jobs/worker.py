"""Worker that takes jobs from the queue and runs them for the lifetime of the process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from pgqueuer import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as TakenJob
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto import jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.database.address import plain_dsn
from subscriptions.infrastructure.database.errors import DatabaseUnavailable, translate_error, translate_errors
from subscriptions.infrastructure.jobs.connection import LISTENER_ERRORS, ListeningDriver, queries_over, queue_pool
from subscriptions.infrastructure.jobs.crashes import Crashes
from subscriptions.infrastructure.jobs.ended import record_together
from subscriptions.infrastructure.jobs.executor import Bench, Handler, HandlerExecutor, Registry, same_job
from subscriptions.infrastructure.jobs.precedence import Precedence
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.jobs.telling import JobAlarms

log = structlog.get_logger(__name__)

AlertOwners = Callable[[str], Awaitable[None]]
"""Function that sends an alert about a resource that the database lacks. It does not use the database."""
GOES_BY_TIME: Final = frozenset(kind.name for kind in JobPayload.__subclasses__() if kind.goes_by_time)
LEARNS: Final = frozenset(
    kind.name
    for kind in (
        jobs.ApplyPaymentEvent,
        jobs.PollSubscription,
        jobs.CheckOrder,
        jobs.WatchDispute,
        jobs.CheckWebhooks,
        jobs.Reconcile,
        jobs.PollEvents,
        jobs.RaiseAlarm,
    )
)
"""Jobs that only fetch data from external services or notify the owners. After a restore, all other jobs wait."""
_RECONNECT_PAUSE: Final = 1.0
EVICTION_SECONDS: Final = 5.0


@dataclass(frozen=True)
class WorkerLimits:
    """Limits of a worker.

    concurrency: maximum number of concurrent jobs in this process, at least twice `batch`
    heartbeat: time without a heartbeat after which other workers take over a job
    grace: maximum time for which a stopping worker waits for running jobs
    patience: time for which failed jobs yield to more urgent failed jobs
    crashes: number of times that a job may crash its worker before it is kept for staff
    at_most: maximum number of concurrent jobs across all workers, keyed by job name; this leaves capacity for other
        jobs
    """

    concurrency: int = 20
    batch: int = 10
    poll: timedelta = timedelta(seconds=3)
    heartbeat: timedelta = timedelta(seconds=10)
    grace: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(minutes=3)
    crashes: int = 5
    at_most: Mapping[str, int] = field(default_factory=dict)


class JobWorker:
    """Worker that runs handlers by job name. It survives a lost database connection and stops within its grace period.

    startup: event that is set while the worker is connected and takes jobs
    """

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        handlers: Mapping[str, Handler] | None = None,
        *,
        direct_url: str | None = None,
        limits: WorkerLimits | None = None,
        alert_owners: AlertOwners | None = None,
        in_doubt: Callable[[], bool] = lambda: False,
        is_returning: Callable[[], bool] = lambda: False,
    ) -> None:
        """direct_url: address of the database without a connection pooler, because the queue must listen
        alert_owners: function that is called with the lacking resource each time the queue stops because of it
        in_doubt: function that returns True if the current time is uncertain; time-dependent jobs then wait
        is_returning: function that returns True if the database was restored and not reconciled yet; only jobs that the
            reconciliation needs then run
        """
        self._engine = engine
        self._clock = clock
        self._url = direct_url or plain_dsn(engine.url)
        self._limits = limits or WorkerLimits()
        self._alert_owners = alert_owners
        self._precedence = Precedence(engine, self._limits.patience)
        self._crashes = Crashes(engine)
        self._bench = Bench(
            give_up_key=self._crashes.give_up_key,
            postpone=self._postpone,
            is_outranked=self._is_outranked,
            must_wait=lambda job: (
                (job.entrypoint in GOES_BY_TIME and in_doubt()) or (job.entrypoint not in LEARNS and is_returning())
            ),
            record_start=self._crashes.record_start,
            crashes=self._limits.crashes,
            tell=JobAlarms(engine, clock),
        )
        self._registry = Registry()
        record_together()
        self._driver: ListeningDriver | None = None
        self.startup = asyncio.Event()
        for name, handler in (handlers or {}).items():
            self._registry[name] = HandlerExecutor(handler, self._bench, at_most=self._limits.at_most.get(name, 0))

    def add(self, name: str, handler: Handler) -> None:
        """Accept jobs with this name as well, one at a time across all workers. Used for work that a lease protects."""
        self._registry[name] = HandlerExecutor(handler, self._bench, at_most=1)
        if self._driver is not None:
            # Check now, because jobs with this name may already be waiting.
            self._driver.wake()

    def remove(self, name: str) -> None:
        """Stop taking jobs with this name. A running job continues; a job that was just taken is requeued."""
        self._registry.pop(name, None)

    async def run(self, stop: asyncio.Event) -> None:
        """Take and run jobs until `stop` is set. Raises RuntimeError if the database was never migrated."""
        while not stop.is_set():
            try:
                await self._work_while_connected(stop)
            except LISTENER_ERRORS as error:
                log.warning("queue connection lost", error=type(error).__name__)
                known_translated = translate_error(error)
                if (
                    self._alert_owners is not None
                    and isinstance(known_translated, DatabaseUnavailable)
                    and known_translated.trouble
                ):
                    await self._alert_owners(known_translated.trouble)
                await _pause(stop, _RECONNECT_PAUSE)

    async def _work_while_connected(self, stop: asyncio.Event) -> None:
        async with queue_pool(self._url) as pool:
            self._driver = driver = ListeningDriver(pool, self._registry.__contains__)
            queue = QueueManager(queries_over(driver, self._crashes.forgive))
            queue.entrypoint_registry = self._registry
            work = asyncio.create_task(self._run_queue(queue))
            # A queue that lost its connections takes no new jobs and would wait for the running ones without limit.
            ends = [asyncio.create_task(end.wait()) for end in (stop, driver.loss, queue.shutdown)]
            self.startup.set()
            try:
                await asyncio.wait({work, *ends}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.startup.clear()
                for end in ends:
                    end.cancel()
                error = await self._wind_down(queue, work)
            if error is not None and not stop.is_set():
                raise error

    async def _run_queue(self, queue: QueueManager) -> None:
        limits = self._limits
        await queue.run(
            dequeue_timeout=limits.poll,
            batch_size=limits.batch,
            max_concurrent_tasks=limits.concurrency,
            heartbeat_timeout=limits.heartbeat,
            # Without this, the queue would poll instead of listening after a restart of the server.
            shutdown_on_listener_failure=True,
        )

    async def _wind_down(self, queue: QueueManager, work: asyncio.Task[None]) -> Exception | None:
        """Wait for the running jobs, and requeue jobs that take too long. Return the error that ended the queue; None
        if the queue was stopped normally.
        """
        queue.shutdown.set()
        await asyncio.wait({work}, timeout=self._limits.grace.total_seconds())
        if not work.done():
            log.warning("jobs handed back at the stop", count=len(self._bench.tasks))
            self._bench.evict()
            await asyncio.wait({work}, timeout=EVICTION_SECONDS)
        work.cancel()
        error = (await asyncio.gather(work, return_exceptions=True))[0]
        if isinstance(error, Exception) and not isinstance(error, LISTENER_ERRORS):
            log.error("queue ended", error=type(error).__name__)
        return error if isinstance(error, Exception) else None

    async def _is_outranked(self, job: TakenJob) -> bool:
        return await self._precedence.is_outranked(job, self._registry.keys())

    async def _postpone(self, job: TakenJob, wait: timedelta) -> None:
        later_job = same_job(job, self._clock.now() + wait)
        try:
            with translate_errors():
                async with self._engine.begin() as connection:
                    await PgJobQueue(connection).enqueue(later_job)
        except RetryLater:
            raise RetryRequested(timedelta(seconds=1), "could not be postponed") from None


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
