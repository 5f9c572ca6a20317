"""Check that unreadable jobs do not delay other jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.jobs.due import DueJobs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADD = text(
    "INSERT INTO due_jobs (name, payload, priority, due_at) VALUES (:name, CAST(:payload AS jsonb), :priority, :due_at)"
)


@pytest.mark.parametrize(
    ("payload", "priority"),
    [('{"v": 1}', 7), ("7", 10), ('{"v": "' + "x" * 20_000 + '"}', 10), ("[" * 3000 + "]" * 3000, 10)],
    ids=["an unknown priority", "no object", "too large", "nested too deeply"],
)
async def test_unreadable_delayed_job_does_not_delay_other_jobs(
    engine: AsyncEngine, payload: str, priority: int
) -> None:
    async with engine.begin() as connection:
        due_at = NOW - timedelta(hours=1)
        await connection.execute(ADD, {"name": "core.bad", "payload": payload, "priority": priority, "due_at": due_at})
        await connection.execute(ADD, {"name": "core.good", "payload": "{}", "priority": 10, "due_at": NOW})
    assert await DueJobs(engine).release_due(NOW) == 2
    async with engine.connect() as connection:
        queued = await connection.execute(text("SELECT entrypoint FROM pgqueuer ORDER BY id"))
        assert list(queued.scalars()) == ["core.bad", "core.good"], "its process keeps the bad one for a person"
