"""Work for later: rows of `due_jobs` become jobs when business time has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, RowMapping, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.ports.job_queue import Job, Priority
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import due_jobs
from subscriptions.infrastructure.jobs.queue import PgJobQueue

BATCH: Final = 500

_DUE: Final = (
    select(due_jobs.c.id)
    .where(due_jobs.c.due_at <= bindparam("now"))
    .order_by(due_jobs.c.due_at)
    .limit(bindparam("batch", type_=Integer))
    .with_for_update(skip_locked=True)
    # Looked for once: a subquery may be asked again for each row, and takes others each time.
    .cte("due")
)
_RELEASE: Final = delete(due_jobs).where(due_jobs.c.id == _DUE.c.id).returning(due_jobs)


@dataclass(frozen=True)
class DueJobs:
    """Moves what is due into the queue."""

    engine: AsyncEngine

    async def release_due(self, now: datetime) -> int:
        """Move everything due at `now`, in batches, each in one transaction; how many it was. Safe to run at once.

        Raises RetryLater where the database does not answer.
        """
        total = 0
        while release_batch := await self._release_batch(now):
            total += release_batch
            if release_batch < BATCH:
                break
        return total

    async def look_now(self, now: datetime) -> int:
        """Queue all that waits for a later moment than `now` as well: each is a look, and a look too many is harmless.

        The rows stay, so that what was put down for a right moment is looked at then. Raises RetryLater.
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
    key: str | None = row["key"]
    return Job(
        name=row["name"],
        payload=row["payload"],
        priority=Priority(row["priority"]),
        key=None if key is None else key.removeprefix(f"{row['name']}:"),
        cause=row["cause"],
    )
