"""The web process's app on a free port, a client, and access to the tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.selling import Sale, selling
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.plain_http import plain_http
from tests.support.website import POSTS_KEY, Website, running_website
from web.console.words import MISSING_KEYS


@pytest.fixture(autouse=True)
def no_text_is_missing() -> Iterator[None]:
    """Check that no page opened by a test lacks a text."""
    MISSING_KEYS.clear()
    yield
    assert not MISSING_KEYS


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Website]:
    """Run a site that sells with all features on, three plans and a bot with a name."""
    async with running_website(database_url, INVOICES="handover") as website:
        await website.open_for_business()
        yield website


@pytest.fixture
async def client(site: Website) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client without credentials."""
    async with plain_http(base_url=site.url, timeout=90) as client:
        yield client


@pytest.fixture
async def core(site: Website) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that has the API key of the operator's program."""
    headers = {"Authorization": f"Bearer {POSTS_KEY}"}
    async with plain_http(base_url=site.url, timeout=90, headers=headers) as client:
        yield client


class Tables:
    """Reader of the database on a separate connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return [dict(row) for row in await self._connection.fetch(query)]

    async def jobs(self) -> list[str]:
        """Return the names of the waiting jobs."""
        return [row["entrypoint"] for row in await self.rows("SELECT entrypoint FROM pgqueuer ORDER BY id")]


@pytest.fixture
async def tables(database_url: str) -> AsyncIterator[Tables]:
    """Return read access to the tables of the test's database."""
    connection = await asyncpg.connect(database_url)
    try:
        yield Tables(connection)
    finally:
        await connection.close()


@pytest.fixture
async def sale(site: Website) -> Sale:
    """Store a sale of a plan."""
    async with site.container.core.units()() as uow:
        sold = await selling(uow)
        await uow.commit()
    return sold


@pytest.fixture
async def olga(site: Website) -> AsyncIterator[Visitor]:
    """Sign an owner in to the console."""
    await hire(site, StaffRole.OWNER)
    async with visiting(site) as visitor:
        await visitor.enter()
        yield visitor
