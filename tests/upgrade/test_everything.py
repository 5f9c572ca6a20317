"""Check that a database of the previous release in which everything is in use can be upgraded and downgraded again,
without a difference from new databases and without losing a row.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping

import asyncpg

from subscriptions.bootstrap import migrate
from tests.support.postgres import Server
from tests.support.removed import of_all_features
from tests.upgrade import earlier

Rows = Mapping[str, list[dict[str, object]]]
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT starts_with(tablename, 'alembic_version')"
)
OF_PREVIOUS = ("--no-privileges", "--exclude-table=alembic_version_*", "--exclude-extension=pg_trgm")
"""Options of pg_dump that leave out what legitimately differs: privileges, which `umbral migrate` of the previous
release sets itself, its own version tables, and the extension pg_trgm, which a downgrade does not remove.
"""
CHOSEN = {"FEATURES:gifts", "FEATURES:mcp", "FEATURES:miniapp", "FEATURES:promotions"}
"""Features that remain on after the upgrade, because they are in use."""


async def rows_of(url: str) -> Rows:
    """Return all rows of all tables."""
    connection = await asyncpg.connect(url)
    try:
        names = [row["tablename"] for row in await connection.fetch(_TABLES)]
        found = {name: await connection.fetch(f'SELECT to_jsonb(t) AS row FROM "{name}" t') for name in names}
        return {name: [json.loads(each["row"]) for each in those] for name, those in found.items()}
    finally:
        await connection.close()


def schema_of_previous(url: str) -> str:
    """Return the statements that create the previous release's tables, without the function that `umbral migrate`
    replaces together with the privileges.
    """
    whole = earlier.schema(url, *OF_PREVIOUS)
    return re.sub(r"CREATE FUNCTION public\.umbral_may_write.*?\$\$;\n", "", whole, flags=re.DOTALL)


def kept(rows: Rows, like: Rows) -> dict[str, set[str]]:
    """Return the rows with only the tables and columns of `like` (of `own_roles`, only the name), and without the rows
    that the upgrade adds on purpose.
    """
    return {
        name: {
            json.dumps({column: each[column] for column in old[0] if name != "own_roles" or column == "name"})
            for each in rows[name]
            if each.get("name") not in CHOSEN
        }
        for name, old in like.items()
    }


async def upgrade(url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, url)


async def test_upgrade_and_downgrade_preserve_every_row_of_the_previous_release(empty_database_url: str) -> None:
    url = empty_database_url
    await earlier.create(url)
    before = schema_of_previous(url)
    await earlier.fill(url)
    filled = await rows_of(url)
    assert [name for name, rows in filled.items() if not rows] == []

    await upgrade(url)
    upgraded = await rows_of(url)
    assert kept(upgraded, filled) == kept(filled, filled)
    assert {row["name"] for row in upgraded["custom_settings"]} >= CHOSEN

    await asyncio.to_thread(migrate.downgrade, url, earlier.REVISION)
    assert schema_of_previous(url) == before
    assert kept(await rows_of(url), filled) == kept(filled, filled)

    await upgrade(url)
    assert kept(await rows_of(url), filled) == kept(filled, filled)


@of_all_features
async def test_upgraded_database_equals_a_new_database(empty_database_url: str, postgres_server: Server) -> None:
    new = postgres_server.create()
    await earlier.create(empty_database_url)
    await upgrade(empty_database_url)
    await upgrade(new)
    assert earlier.schema(empty_database_url) == earlier.schema(new)
