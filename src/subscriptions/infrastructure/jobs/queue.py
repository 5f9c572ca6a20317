"""Enqueueing of jobs in the open transaction of the change that causes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.tracing import current_cause

PAYLOAD_LIMIT: Final = 16_384
"""Maximum size of a payload in bytes of JSON. Payloads contain ids only; large data is stored in tables."""

AT_ONCE: Final = 250
"""Maximum number of postponed jobs per statement."""

NOTIFY_CHANNEL: Final = "umbral_jobs"
"""Channel on which the names of queued jobs are announced, so that only workers that run these jobs wake up."""

MOST_NOTIFIED: Final = 4000
ANY: Final = "*"
"""Text that is announced instead of the job names if the names do not fit into one message (8000 bytes,
postgresql.org/docs/current/sql-notify).
"""

KEY_HEADER: Final = "key"
CAUSE_HEADER: Final = "traceparent"

# These statements replace pgqueuer's own enqueueing, which takes three times as long for twenty jobs. pgqueuer also
# writes each job to its log, where queued jobs are of no use, and returns their ids by a join, so that 8000 jobs take
# 16 s.
JOBS: Final = (
    "CAST(:names AS text[]), CAST(:payloads AS bytea[]), CAST(:priorities AS int[]), CAST(:keys AS text[]),"
    " CAST(:headers AS text[])"
)
JOB: Final = "name, payload, priority, key, headers"
"""Names of the columns that `unnest` forms from the arrays in `JOBS`; see `rows_of`."""
WRITE_JOBS: Final = (
    "INSERT INTO pgqueuer AS job (entrypoint, payload, priority, dedupe_key, headers, status)"
    " SELECT name, payload, priority, key, CAST(headers AS jsonb), 'queued' FROM {source}"
    " ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL"
    " DO UPDATE SET priority = greatest(job.priority, excluded.priority)"
)
TELL: Final = "pg_notify(:channel, :told)"
_ENQUEUE: Final = text(
    f"WITH queued AS ({WRITE_JOBS.format(source=f'unnest({JOBS}) AS w ({JOB})')}) SELECT {TELL}",
)

_ENQUEUE_LATER: Final = text(
    "INSERT INTO due_jobs AS job (name, payload, priority, due_at, key, cause)"
    " SELECT name, CAST(payload AS jsonb), priority, due_at, key, cause FROM unnest(CAST(:names AS text[]),"
    " CAST(:payloads AS text[]), CAST(:priorities AS int[]), CAST(:moments AS timestamptz[]), CAST(:keys AS text[]),"
    " CAST(:causes AS text[])) AS w (name, payload, priority, due_at, key, cause)"
    " ON CONFLICT (key) WHERE key IS NOT NULL DO UPDATE SET due_at = least(job.due_at, excluded.due_at)"
)


_REQUEUE: Final = text(
    "UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = now(), updated = now(),"
    " queue_manager_id = NULL, headers = CASE WHEN jsonb_typeof(headers) = 'object' THEN headers - 'starts' END"
    " WHERE id = ANY(:ids) AND status = 'failed' RETURNING id"
)
_WAKE: Final = text("SELECT pg_notify(:channel, :told)")


@dataclass(frozen=True)
class PgJobQueue:
    """Job queue on one connection. Jobs are committed and rolled back with the connection's transaction."""

    connection: AsyncConnection

    async def enqueue(self, job: Job) -> None:
        """Enqueue one job."""
        await self.enqueue_all([job])

    async def enqueue_all(self, jobs: Sequence[Job]) -> None:
        """Enqueue jobs in few statements. Keys are locked in a fixed order, so that concurrent transactions cannot
        deadlock.
        """
        due_jobs = _one_per_key([job for job in jobs if job.not_before is None])
        later_jobs = _one_per_key([job for job in jobs if job.not_before is not None])
        if due_jobs:
            await self._enqueue_now(due_jobs)
        for start in range(0, len(later_jobs), AT_ONCE):
            await self._enqueue_later(later_jobs[start : start + AT_ONCE])

    async def requeue(self, ids: Sequence[int]) -> Sequence[int]:
        """Requeue failed jobs with their attempts reset. Return the ids of the requeued jobs."""
        job_ids = (await self.connection.execute(_REQUEUE, {"ids": list(ids)})).scalars().all()
        if job_ids:
            await self.connection.execute(_WAKE, {"channel": NOTIFY_CHANNEL, "told": ANY})
        return job_ids

    async def _enqueue_now(self, jobs: Sequence[Job]) -> None:
        # The statement locks a queued job with the same key. That job cannot start before this transaction ends, so it
        # sees the changes made in this transaction. A job releases its key when it starts.
        await self.connection.execute(_ENQUEUE, rows_of(jobs))

    async def _enqueue_later(self, jobs: Sequence[Job]) -> None:
        await self.connection.execute(_ENQUEUE_LATER, _due_rows_of(jobs))


def rows_of(jobs: Sequence[Job]) -> dict[str, object]:
    """Return these jobs as parameters of the statements in this module."""
    return {
        "names": [job.name for job in jobs],
        "payloads": [encode(job) for job in jobs],
        "priorities": [int(job.priority) for job in jobs],
        "keys": [scoped_key(job) for job in jobs],
        "headers": [_headers(job) for job in jobs],
        "channel": NOTIFY_CHANNEL,
        "told": _notification(jobs),
    }


def encode(job: Job) -> bytes:
    """Return the payload as bytes. Raises InvalidInput("payload") if it is too large, and TypeError if it cannot be
    written as JSON.
    """
    body = json.dumps(job.payload, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    if len(body) > PAYLOAD_LIMIT:
        raise InvalidInput("payload", f"{job.name}: {len(body)} bytes, {PAYLOAD_LIMIT} are allowed; send ids")
    return body


def decode(payload: bytes | None) -> dict[str, Any]:
    """Return the payload of a taken job. Raises ValueError for anything but a JSON object."""
    value = json.loads(payload or b"{}")
    if not isinstance(value, dict):
        raise ValueError("the payload is no JSON object")
    return value


def scoped_key(job: Job) -> str | None:
    """Return the job's key with its name as a prefix, because jobs with different names may use the same key; None for
    a job without a key.
    """
    return None if job.key is None else f"{job.name}:{job.key}"


def _notification(jobs: Sequence[Job]) -> str:
    names = " ".join(sorted({job.name for job in jobs}))
    return names if len(names) < MOST_NOTIFIED else ANY


def _headers(job: Job) -> str | None:
    headers = {KEY_HEADER: job.key, CAUSE_HEADER: job.cause or current_cause()}
    present_headers = {name: value for name, value in headers.items() if value is not None}
    return json.dumps(present_headers) if present_headers else None


def _due_rows_of(jobs: Sequence[Job]) -> dict[str, object]:
    return {
        "names": [job.name for job in jobs],
        "payloads": [encode(job).decode() for job in jobs],
        "priorities": [int(job.priority) for job in jobs],
        "moments": [job.not_before for job in jobs],
        "keys": [scoped_key(job) for job in jobs],
        "causes": [job.cause or current_cause() for job in jobs],
    }


def _one_per_key(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs without duplicates: of several jobs with the same key, only the most urgent one. Jobs without a
    key come first, in their original order.
    """
    jobs_by_key: dict[str, Job] = {}
    free: list[Job] = []
    for job in jobs:
        key = scoped_key(job)
        if key is None:
            free.append(job)
        elif key not in jobs_by_key or _urgency(job) < _urgency(jobs_by_key[key]):
            jobs_by_key[key] = job
    return free + [jobs_by_key[key] for key in sorted(jobs_by_key)]


def _urgency(job: Job) -> tuple[bool, float, int]:
    not_before = job.not_before
    return not_before is not None, not_before.timestamp() if not_before is not None else 0.0, -int(job.priority)
