"""Disputes opened under the previous revision are fetched as soon as the next revision runs."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from subscriptions.application.dto.jobs import WatchDispute
from subscriptions.bootstrap import migrate
from tests.support.postgres import in_own_thread

REVISION, BEFORE = "033_ask_about_disputes", "032_add_money_policies"

# The disputed payments do not matter here, so none need to exist.
FILL = """
SET session_replication_role = replica;
INSERT INTO disputes (id, provider, dispute_key, payment_id, status, opened_at)
SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'stripe', 'dp_' || n, gen_random_uuid(), status, now()
FROM (VALUES (1, 'open'), (2, 'open'), (3, 'inquiry'), (4, 'won')) given(n, status);
INSERT INTO due_jobs (name, payload, priority, due_at, key)
VALUES ('core.watch_dispute', '{"v": 1, "provider": "stripe", "dispute_key": "dp_1"}', 10,
        now() + INTERVAL '90 days', 'core.watch_dispute:00000000-0000-4000-8000-000000000001'),
       ('core.keep_stock', '{"v": 1}', 10, now() + INTERVAL '1 day', NULL);
"""

LOOKS = """
SELECT payload::text, priority, key, due_at - now() FROM due_jobs WHERE name = 'core.watch_dispute' ORDER BY key
"""


@pytest.fixture
async def filled(empty_database_url: str) -> str:
    """A database of the previous revision, with disputes of every kind."""
    in_own_thread(lambda: migrate.upgrade(empty_database_url, BEFORE))
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(FILL)
    await connection.close()
    return empty_database_url


async def looks(url: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(LOOKS))
    finally:
        await connection.close()


async def test_undecided_dispute_is_watched_once_and_at_once(filled: str) -> None:
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))

    found = await looks(filled)

    assert [WatchDispute.model_validate_json(row[0]).dispute_key for row in found] == ["dp_1", "dp_2", "dp_3"]
    assert {row[1] for row in found} == {int(WatchDispute(provider="stripe", dispute_key="dp_1").urgency())}
    assert [row[2][-1] for row in found] == ["1", "2", "3"]
    assert all(row[3] <= timedelta() for row in found)


async def test_previous_release_finds_no_early_job(filled: str) -> None:
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    in_own_thread(lambda: migrate.downgrade(filled, BEFORE))

    assert all(row[3] > timedelta(days=99) for row in await looks(filled))
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    assert len(await looks(filled)) == 3
