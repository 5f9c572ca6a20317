"""Alarms about jobs that are kept for manual review, one a day per kind of job and error.

If jobs wait because the database lacks a resource, an alarm is raised every hour.
"""

from dataclasses import dataclass

from pgqueuer.domain.models import Job as TakenJob
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.alarms.shared_alarms import JobCrashes, JobHeld
from subscriptions.application.dto.jobs import RaiseAlarm
from subscriptions.domain.errors import AlreadyReported, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.database.errors import DatabaseUnavailable, translate_errors
from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.jobs.redaction import describe, redact


class TookItsWorkerDown(Exception):
    """Error stated in the alarm about a job that was started too often without finishing."""


@dataclass(frozen=True)
class JobAlarms:
    """Callable that queues alarms about jobs that cannot be completed without staff."""

    engine: AsyncEngine
    clock: Clock

    async def __call__(self, job: TakenJob, error: Exception) -> None:
        """Queue an alarm about a job that is given up, or about the problem that the job waits for. Does nothing if the
        error was already reported or the job itself raises an alarm. Raises RetryLater if the alarm cannot be
        stored.
        """
        if isinstance(error, AlreadyReported) or job.entrypoint == RaiseAlarm.name:
            return
        alarm = self._alarm(job, error)
        with translate_errors():
            async with self.engine.begin() as connection:
                await PgJobQueue(connection).enqueue(alarm.job())

    def _alarm(self, job: TakenJob, error: Exception) -> RaiseAlarm:
        now = self.clock.now()
        if isinstance(error, DatabaseUnavailable) and error.trouble:
            hour = f"{now:%Y-%m-%dT%H}"
            return RaiseAlarm(key=f"{error.trouble}:{hour}", kind=error.trouble, facts={"job": job.entrypoint}, at=now)
        kind = JobCrashes if isinstance(error, TookItsWorkerDown) else JobHeld
        # Messages of our own errors are complete sentences. For other errors, the type is needed as well.
        ours = isinstance(error, UmbralError | TookItsWorkerDown) and str(error)
        reason = redact(str(error)) if ours else describe(error)
        key = f"{kind.name}:{job.entrypoint}:{type(error).__name__}:{now:%Y-%m-%d}"
        alarm = kind(job=job.entrypoint, number=job.id, reason=reason)
        return RaiseAlarm(key=key, kind=alarm.name, facts=alarm.facts(), at=now)
