"""Execution of a job's handler, with its errors translated for pgqueuer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, assert_never

import structlog
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context
from pgqueuer.domain.models import Job as TakenJob

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ports.job_queue import Job, Priority
from subscriptions.domain.tracing import stretch
from subscriptions.infrastructure.database.errors import DatabaseUnavailable
from subscriptions.infrastructure.jobs.crashes import SUSPECT, step_back
from subscriptions.infrastructure.jobs.decision import Finish, Hold, Postpone, Retry, decide
from subscriptions.infrastructure.jobs.precedence import STEP_BACK, may_be_outranked
from subscriptions.infrastructure.jobs.queue import CAUSE_HEADER, KEY_HEADER, decode
from subscriptions.infrastructure.jobs.redaction import describe, error_path
from subscriptions.infrastructure.jobs.telling import TookItsWorkerDown

log = structlog.get_logger(__name__)

PASSING_TRIES: Final = 3
"""Number of attempts after which the owners are notified that the database lacks a resource. Fewer failures may be
temporary.
"""
REST: Final = timedelta(minutes=1)
"""Delay of time-dependent jobs while the current time is uncertain."""

Handler = Callable[[dict[str, Any]], Awaitable[None]]


class WaitForPrecedence(Exception):
    """Raised if a job must wait because more urgent jobs come first."""


class SteppedBack(Exception):
    """Raised if a job is suspected of crashing workers. The job is delayed, so that it does not run together with other
    suspected jobs.
    """

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"steps back for {wait}")
        self.wait = wait


class JobHeld(Exception):
    """Error stored with a failed job. The message is a description without secrets, with the location of the original
    error.
    """


async def _is_never(job: TakenJob) -> bool:
    return False


def _wide_awake(job: TakenJob) -> bool:
    return False


class RecordStart(Protocol):
    """Function that records the start of a job and returns how often the job has crashed its worker."""

    async def __call__(self, job: TakenJob, *, gives_key: bool) -> int:
        """Record the start. `gives_key`: clear the job's deduplication key now, so that another job with that key can
        be queued, unless the job is suspected.
        """


async def _nobody(job: TakenJob, error: Exception) -> None:
    return None


@dataclass
class Bench:
    """Functions and limits shared by all executors of one worker.

    give_up_key: function that clears a job's deduplication key, so that another job with that key can be queued
    postpone: function that moves a job to `due_jobs`
    is_outranked: function that returns True if a job must yield to others
    must_wait: function that returns True if a job must wait because the current time is uncertain
    record_start: function that records the start of a job and returns how often the job crashed its worker
    crashes: maximum number of crashes
    tell: function that notifies the owners that a job is kept, or of the problem that the job is waiting for
    """

    give_up_key: Callable[[TakenJob], Awaitable[None]]
    postpone: Callable[[TakenJob, timedelta], Awaitable[None]]
    record_start: RecordStart
    is_outranked: Callable[[TakenJob], Awaitable[bool]] = _is_never
    must_wait: Callable[[TakenJob], bool] = _wide_awake
    crashes: int = 5
    tell: Callable[[TakenJob, Exception], Awaitable[None]] = _nobody
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def evict(self) -> None:
        """Cancel the running jobs, so that they are requeued."""
        for task in self.tasks:
            task.cancel()


class HandlerExecutor(AbstractEntrypointExecutor):
    """Executor that runs jobs with one of our handlers."""

    def __init__(self, handler: Handler, bench: Bench, *, at_most: int = 0) -> None:
        """`at_most`: maximum number of concurrent jobs with this name across all workers, enforced by the database; 0
        for no limit.
        """
        super().__init__(EntrypointExecutorParameters(concurrency_limit=at_most, func=self._refuse, on_failure="hold"))
        self._handler = handler
        self._bench = bench

    async def execute(self, job: TakenJob, context: Context) -> None:
        """Run the handler. Return when the job is done; otherwise raise RetryRequested or JobHeld."""
        # The name of an account's job ends with the account's number.
        with stretch(job.entrypoint.rstrip(".0123456789"), _header(job, CAUSE_HEADER)):
            await self._execute(job)

    async def _execute(self, job: TakenJob) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._bench.tasks.add(task)
        try:
            await self._work(job)
        except asyncio.CancelledError:
            # The cancellation comes from our own stop, or from a queue that lost its connections. pgqueuer would treat
            # a cancelled job as finished and delete it.
            if task is not None:
                task.uncancel()
            raise RetryRequested(timedelta(), "its worker stopped") from None
        except WaitForPrecedence:
            raise RetryRequested(STEP_BACK, "more urgent work goes first") from None
        except SteppedBack as suspect:
            raise RetryRequested(suspect.wait, "kept apart from what died with it") from None
        except Exception as error:  # Every error of a handler is handled here, by its type.
            await self._settle(job, error)
        finally:
            if task is not None:
                self._bench.tasks.discard(task)

    async def _work(self, job: TakenJob) -> None:
        is_sure = self._surely_runs(job)
        crashes = await self._bench.record_start(job, gives_key=is_sure)
        if crashes >= self._bench.crashes:
            raise TookItsWorkerDown(f"it took its worker down {crashes} times")
        wait = step_back(crashes)
        if wait is not None:
            raise SteppedBack(wait)
        if await self._bench.is_outranked(job):
            raise WaitForPrecedence
        if self._bench.must_wait(job):
            await self._bench.postpone(job, REST)
            return
        # The key is cleared only now: a job enqueued with the same key later may concern data that this run read before
        # the change.
        if key_of(job) is not None and not (is_sure and crashes < SUSPECT):
            await self._bench.give_up_key(job)
        try:
            payload = decode(job.payload)
        except ValueError as error:
            raise Permanent(f"unreadable payload: {error}") from error
        await self._handler(payload)
        log.info("job done", job=job.entrypoint, id=job.id)

    def _surely_runs(self, job: TakenJob) -> bool:
        """Return True if only a crash can prevent the job from running now. Its deduplication key is then cleared in
        the statement that records its start.
        """
        return not may_be_outranked(job) and not self._bench.must_wait(job)

    async def _settle(self, job: TakenJob, error: Exception) -> None:
        decision = Hold() if isinstance(error, TookItsWorkerDown) else decide(error, job.attempts)
        facts = {"job": job.entrypoint, "id": job.id, "attempts": job.attempts + 1, "error": describe(error)}
        match decision:
            case Finish():
                log.info("job waits for the customer", **facts)
            case Retry(delay):
                log.info("job runs again", after_s=delay.total_seconds(), **facts)
                if isinstance(error, DatabaseUnavailable) and error.trouble and job.attempts >= PASSING_TRIES:
                    await self._tell(job, error)
                raise RetryRequested(delay, describe(error)) from None
            case Postpone(wait):
                log.info("job postponed", after_s=wait.total_seconds(), **facts)
                await self._bench.postpone(job, wait)
            case Hold():
                log.error("job failed and is kept", **facts)
                await self._tell(job, error)
                held_job = JobHeld(describe(error))
                held_job.add_note(error_path(error))
                raise held_job from None
            case _:
                assert_never(decision)

    async def _tell(self, job: TakenJob, error: Exception) -> None:
        """Notify the owners before the job is kept. If the worker crashes after the notification, the next run repeats
        the notification with the same key.
        """
        try:
            await self._bench.tell(job, error)
        except RetryLater:
            raise RetryRequested(timedelta(seconds=1), "nobody could be told") from None

    async def _refuse(self, job: TakenJob) -> None:
        raise AssertionError("pgqueuer calls execute()")


def key_of(job: TakenJob) -> str | None:
    """Return the key with which the job was enqueued; None if it had no key."""
    return _header(job, KEY_HEADER)


def _header(job: TakenJob, name: str) -> str | None:
    header = (job.headers or {}).get(name)
    return header if isinstance(header, str) else None


def same_job(job: TakenJob, due: datetime) -> Job:
    """Return a copy of the job that is due at a business time."""
    return Job(
        name=job.entrypoint,
        payload=decode(job.payload),
        priority=Priority(job.priority),
        not_before=due,
        # If the worker crashes right after queueing the copy, the job runs again and finds the copy's row by the same
        # key.
        key=key_of(job) or f"again:{job.id}",
        cause=_header(job, CAUSE_HEADER),
    )


class Registry(dict[Any, AbstractEntrypointExecutor]):
    """Executors keyed by job name. A job that was taken just before its name was removed is requeued."""

    def __missing__(self, name: Any) -> AbstractEntrypointExecutor:
        return _HandBack(EntrypointExecutorParameters(concurrency_limit=0, func=_nothing, on_failure="hold"))


class _HandBack(AbstractEntrypointExecutor):
    async def execute(self, job: TakenJob, context: Context) -> None:
        raise RetryRequested(timedelta(), "another worker has this work now")


async def _nothing(job: TakenJob) -> None:
    """Do nothing. pgqueuer requires a function, although the executor does the work."""
