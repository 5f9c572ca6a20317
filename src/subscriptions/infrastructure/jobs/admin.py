"""Manual administration of the job queue: list, requeue and delete jobs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.jobs.queue import PgJobQueue
from subscriptions.infrastructure.jobs.redaction import redact

_LIST: Final = """
SELECT q.id, q.entrypoint, q.status::text AS status, q.priority, q.attempts, q.created, q.updated, q.execute_after,
    now() - q.created AS age, q.payload, l.traceback
FROM pgqueuer q
LEFT JOIN LATERAL (
    SELECT traceback FROM pgqueuer_log WHERE job_id = q.id AND traceback IS NOT NULL ORDER BY created DESC LIMIT 1
) l ON true
"""
_BY_STATUS: Final = text(_LIST + "WHERE q.status::text = :status ORDER BY q.created, q.id LIMIT :limit")
_BY_ID: Final = text(_LIST + "WHERE q.id = :id")
_WAITING: Final = text(
    "SELECT name, count(*) AS waiting FROM (SELECT entrypoint AS name FROM pgqueuer WHERE status = 'queued'"
    " UNION ALL SELECT name FROM due_jobs) AS every_job GROUP BY 1 ORDER BY 1"
)
_DROP: Final = text("DELETE FROM pgqueuer WHERE id = ANY(:ids) AND status IN ('failed', 'queued') RETURNING id")


@dataclass(frozen=True, kw_only=True)
class JobView:
    """Job as displayed to staff.

    age: time since the job was first queued
    error: last error, with secrets masked
    """

    id: int
    name: str
    status: str
    priority: int
    attempts: int
    created_at: datetime
    runs_at: datetime
    age: timedelta
    payload: Mapping[str, Any]
    error: str | None
    trace: str | None


@dataclass(frozen=True)
class JobAdmin:
    """Display, requeueing and deletion of jobs that are not running."""

    engine: AsyncEngine

    async def list(self, status: str = "failed", limit: int = 100) -> Sequence[JobView]:
        """Return up to `limit` jobs with a status (`failed`, `queued` or `picked`), the oldest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(_BY_STATUS, {"status": status, "limit": limit})
            return [_view(row) for row in rows.mappings()]

    async def show(self, job_id: int) -> JobView | None:
        """Return a job; None if it is finished or never existed."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(_BY_ID, {"id": job_id})).mappings().first()
            return None if row is None else _view(row)

    async def waiting(self) -> Mapping[str, int]:
        """Return the number of jobs that are queued or deferred, keyed by job name."""
        async with self.engine.connect() as connection:
            return {row.name: row.waiting for row in await connection.execute(_WAITING)}

    async def requeue(self, ids: Sequence[int]) -> Sequence[int]:
        """Requeue failed jobs with their attempts reset. Return the ids of the requeued jobs."""
        async with self.engine.begin() as connection:
            return await PgJobQueue(connection).requeue(ids)

    async def drop(self, ids: Sequence[int]) -> Sequence[int]:
        """Delete failed or queued jobs permanently. Return the ids of the deleted jobs. Running jobs are
        not deleted.
        """
        async with self.engine.begin() as connection:
            return (await connection.execute(_DROP, {"ids": list(ids)})).scalars().all()


def _view(row: RowMapping) -> JobView:
    trace = row["traceback"] or {}
    return JobView(
        id=row["id"],
        name=row["entrypoint"],
        status=row["status"],
        priority=row["priority"],
        attempts=row["attempts"],
        created_at=row["created"],
        runs_at=row["execute_after"],
        age=row["age"],
        payload=_readable(row["payload"]),
        error=redact(str(trace["exception_message"])) if trace else None,
        trace=redact(str(trace["traceback"])) if trace else None,
    )


def _readable(payload: bytes | None) -> Mapping[str, Any]:
    try:
        value = json.loads(payload or b"{}")
    except ValueError:
        return {"unreadable": repr(payload)[:200]}
    return value if isinstance(value, dict) else {"unreadable": repr(value)[:200]}
