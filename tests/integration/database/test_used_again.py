"""Check that databases of the tests are reused only if they are empty and their schema is unchanged."""

from __future__ import annotations

import asyncpg
import pytest

from tests.support.postgres import Databases

ENTRY = "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint) VALUES (1, 'queued', 0, 'x') RETURNING id"


@pytest.fixture
def given_back(databases: Databases) -> str:
    """Return a database to the pool, and yield the URL of the database that is taken next."""
    url = databases.take()
    databases.give_back(url)
    return url


async def test_database_returned_to_the_pool_is_empty_and_its_sessions_are_ended(
    databases: Databases, given_back: str
) -> None:
    url = databases.take()
    assert url == given_back
    staying = await asyncpg.connect(url)
    await staying.execute("INSERT INTO variables (name, value) VALUES ('a', '1')")
    first = await staying.fetchval(ENTRY)
    databases.give_back(url)
    with pytest.raises(asyncpg.PostgresError):
        await staying.execute("SELECT 1")
    staying.terminate()

    again = await asyncpg.connect(databases.take())
    left, same = await again.fetchval("SELECT count(*) FROM variables"), await again.fetchval(ENTRY)
    await again.close()
    databases.give_back(url)
    assert (left, same) == (0, first)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE variables ADD COLUMN more int",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE orders DISABLE TRIGGER ALL",
        "DROP INDEX ix_activation_tokens_used_by",
        "GRANT SELECT ON orders TO PUBLIC",
    ],
)
async def test_database_with_a_changed_schema_is_not_reused(databases: Databases, given_back: str, change: str) -> None:
    url = databases.take()
    changing = await asyncpg.connect(url)
    await changing.execute(change)
    await changing.close()
    databases.give_back(url)

    other = databases.take()
    databases.give_back(other)
    assert other != given_back
