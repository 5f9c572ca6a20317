"""Last runs of scheduled work move from the variables and back, without a missing or additional run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from subscriptions.bootstrap import migrate
from subscriptions.domain.services.cadence import At
from subscriptions.domain.services.reminder_policy import MORNING
from tests.support.postgres import in_own_thread

REVISION, BEFORE = "083_keep_scheduled_runs", "082_reserve_promotions"
VARIABLES = {
    "news_day": "2026-03-05",
    "webhooks_checked:acme": "2026-03-05T08:00:00.123456+00:00",
    "webhooks_untimely:acme": "2026-03-01T08:00:00+00:00",
}
THURSDAY = datetime(2026, 3, 5, 18, 59, tzinfo=UTC)


async def test_last_runs_are_migrated_and_reverted(empty_database_url: str) -> None:
    in_own_thread(lambda: migrate.upgrade(empty_database_url, BEFORE))
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.executemany("INSERT INTO variables (name, value) VALUES ($1, $2)", list(VARIABLES.items()))
        in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
        rows = await connection.fetch("SELECT name, subject, ran_at FROM scheduled_runs ORDER BY name")
        assert [tuple(row) for row in rows] == [
            ("check_webhooks", "acme", datetime.fromisoformat(VARIABLES["webhooks_checked:acme"])),
            ("news_daily", "", THURSDAY),
            ("news_weekly", "", THURSDAY),
        ]
        await connection.execute("UPDATE scheduled_runs SET ran_at = ran_at + INTERVAL '1 day'")
        in_own_thread(lambda: migrate.downgrade(empty_database_url, BEFORE))
        kept = dict(await connection.fetch("SELECT name, value FROM variables"))
    finally:
        await connection.close()
    assert kept == {
        "news_day": "2026-03-06",
        "webhooks_checked:acme": "2026-03-06T08:00:00+00:00",
        "webhooks_untimely:acme": "2026-03-01T08:00:00+00:00",
    }


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "America/Bogota", "Europe/Madrid", "Pacific/Auckland"])
def test_announced_morning_is_not_due_again_and_the_next_one_is(zone: str) -> None:
    daily, weekly, there = At(MORNING), At(MORNING, weekday=0), ZoneInfo(zone)
    friday = datetime(2026, 3, 6, 0, 0, tzinfo=there)
    assert not daily.is_due(THURSDAY, friday + timedelta(hours=8))
    assert daily.is_due(THURSDAY, friday + timedelta(hours=10))
    assert not weekly.is_due(THURSDAY, friday + timedelta(days=3, hours=8))
    assert weekly.is_due(THURSDAY, friday + timedelta(days=3, hours=10))
