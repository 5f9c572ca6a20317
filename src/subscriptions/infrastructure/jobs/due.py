"""Postponed jobs: rows of `due_jobs` that become queued jobs when their business time is reached."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Integer, RowMapping, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.job_queue import Job, Priority
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import due_jobs
from subscriptions.infrastructure.jobs.queue import PgJobQueue, encode

log = structlog.get_logger(__name__)

BATCH: Final = 500

_DUE: Final = (
    select(due_jobs.c.id)
    .where(due_jobs.c.due_at <= bindparam("now"))
    .order_by(due_jobs.c.due_at)
    .limit(bindparam("batch", type_=Integer))
    .with_for_update(skip_locked=True)
    # A CTE runs once. A subquery might be evaluated for each row and select different rows each time.
    .cte("due")
)
_RELEASE: Final = delete(due_jobs).where(due_jobs.c.id == _DUE.c.id).returning(due_jobs)


@dataclass(frozen=True)
class DueJobs:
    """Transfer of due jobs from `due_jobs` to the queue."""

    engine: AsyncEngine

    async def release_due(self, now: datetime) -> int:
        """Queue all jobs that are due at `now`, in batches of one transaction each. Return the number of jobs. Safe to
        run concurrently.

        Raises RetryLater if the database does not respond.
        """
        total = 0
        while release_batch := await self._release_batch(now):
            total += release_batch
            if release_batch < BATCH:
                break
        return total

    async def look_now(self, now: datetime) -> int:
        """Queue the jobs of `due_jobs` whose due time is later than `now`, and return their number. Call only if an
        early run of each of these jobs is harmless. The rows are kept, so that the jobs also run at their due time.
        Raises RetryLater for a temporary database error.
        """
        statement = select(due_jobs).where(due_jobs.c.due_at > now).order_by(due_jobs.c.id)
        with translate_errors():
            async with self.engine.begin() as connection:
                jobs = [_job(row) for row in (await connection.execute(statement)).mappings()]
                await PgJobQueue(connection).enqueue_all(jobs)
        return len(jobs)

    async def _release_batch(self, now: datetime) -> int:
        with translate_errors():
            async with self.engine.begin() as connection:
                result = await connection.execute(_RELEASE, {"now": now, "batch": BATCH})
                jobs = [_job(row) for row in sorted(result.mappings(), key=_order)]
                await PgJobQueue(connection).enqueue_all(jobs)
        return len(jobs)


def _order(row: RowMapping) -> tuple[datetime, int]:
    return row["due_at"], row["id"]


def _job(row: RowMapping) -> Job:
    """Return the job of a row. A row with invalid content, which our code did not write, must not block other rows: its
    job is queued without a payload, so that its process keeps the job for manual review and notifies the owners.
    """
    key: str | None = row["key"]
    job = Job(
        name=row["name"],
        payload=row["payload"],
        priority=Priority(row["priority"]) if row["priority"] in set(Priority) else Priority.NORMAL,
        key=None if key is None else key.removeprefix(f"{row['name']}:"),
        cause=row["cause"],
    )
    try:
        encode(job)
    except (InvalidInput, RecursionError, TypeError) as error:
        log.error("work for later cannot be queued as it is", job=job.name, id=row["id"], error=str(error))
        return replace(job, payload={})
    return job
