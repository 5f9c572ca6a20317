"""Database fixtures of the test suite, each of which has its own database."""

from __future__ import annotations

import asyncpg


async def test_each_fixture_has_its_own_database(database_url: str, empty_database_url: str) -> None:
    assert database_url != empty_database_url
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("create table mine (id int)")
        assert await connection.fetchval("select count(*) from mine") == 0
    finally:
        await connection.close()
