"""The web process's app on a free port, a client, and a look into the tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.support.plain_http import plain_http
from tests.support.website import PICKS_KEY, Website, running_website


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Open for business: three plans, a bot with a name."""
    async with running_website(database_url) as website:
        await website.open_for_business()
        yield website


@pytest.fixture
async def client(site: Website) -> AsyncIterator[httpx.AsyncClient]:
    """Anybody."""
    async with plain_http(base_url=site.url, timeout=30) as client:
        yield client


@pytest.fixture
async def core(site: Website) -> AsyncIterator[httpx.AsyncClient]:
    """The operator's core, with its key."""
    headers = {"Authorization": f"Bearer {PICKS_KEY}"}
    async with plain_http(base_url=site.url, timeout=30, headers=headers) as client:
        yield client


class Tables:
    """Reads the database from beside."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query finds."""
        return [dict(row) for row in await self._connection.fetch(query)]

    async def jobs(self) -> list[str]:
        """The names of the jobs that wait."""
        return [row["entrypoint"] for row in await self.rows("SELECT entrypoint FROM pgqueuer ORDER BY id")]


@pytest.fixture
async def tables(database_url: str) -> AsyncIterator[Tables]:
    """The test's database."""
    connection = await asyncpg.connect(database_url)
    try:
        yield Tables(connection)
    finally:
        await connection.close()
