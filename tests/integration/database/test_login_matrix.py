"""Check on PostgreSQL that every database user can insert, update and delete exactly as declared for each table."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from scripts.logins_table import SIGNS, written_by
from subscriptions.infrastructure.database import grants

COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner of the tables, who may set the role of any process."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def may(connection: asyncpg.Connection, statement: str) -> bool:
    """Return True if the database user has the right to run the statement. Errors of constraints and triggers are
    ignored.
    """
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as refusal:
        return not str(refusal).startswith("permission denied")
    except asyncpg.PostgresError:
        return True
    return True


@pytest.mark.parametrize("process", grants.PROCESSES)
async def test_each_login_may_insert_update_and_delete_exactly_as_declared(
    owner: asyncpg.Connection, process: str
) -> None:
    columns = {table: [row[0] for row in await owner.fetch(COLUMNS, table)] for table in grants.tables()}
    await owner.execute(f"SET ROLE {grants.role_of(process)}")
    wrong = list[tuple[str, str]]()
    for table, names in columns.items():
        declared = written_by(table, process)
        if await may(owner, f"INSERT INTO {table} DEFAULT VALUES") != ("a" in declared):
            wrong.append((table, "a"))
        if await may(owner, f"DELETE FROM {table} WHERE false") != ("d" in declared):
            wrong.append((table, "d"))
        changeable = set(declared.get("w", ()) or names) if "w" in declared else set[str]()
        changed = {name for name in names if await may(owner, f"UPDATE {table} SET {name} = DEFAULT WHERE false")}
        if changed != changeable:
            wrong.append((table, f"w {changed ^ changeable}"))
    assert wrong == []


def test_declared_rights_cover_every_kind_of_right() -> None:
    letters = {
        letter
        for rights in grants.tables().values()
        for cell in rights[: len(grants.PROCESSES)]
        for letter in _letters(cell)
    }
    assert letters == {"r", *SIGNS}


def _letters(cell: str) -> str:
    return "".join(group.partition(":")[0] for group in cell.split())
