"""Folder in which packages with features are installed, and databases that `umbral migrate` prepares for these
features.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from tests.support.features import packages_found_in, write_feature
from tests.support.postgres import in_own_thread
from umbral.demo.fork_client import ForkClient

RAFFLE = (
    "jobs=frozenset({'raffle.draw'}), live_rows=(LiveRows(name='raffles', table='raffles', condition='NOT drawn'),)"
)

SEEN = frozenset({"mcp", "raffle", "tickets", "bills"})
"""Features under test: the fictional ones, and one of the product."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """Return an additional folder in which packages are found."""
    folder = tmp_path / "site"
    folder.mkdir()
    with packages_found_in(folder):
        yield folder


class Shop:
    """Installation with its own database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def migrate(self) -> None:
        """Run `umbral migrate` with the features that are currently installed."""
        in_own_thread(lambda: migrate.upgrade(self.url))

    async def execute(self, *statements: str) -> None:
        """Execute the statements as the owner of the tables."""
        connection = await asyncpg.connect(self.url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def fetch(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query as the owner of the tables."""
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    def open(self, url: str = "", **settings: str) -> Any:
        """Open the core of a command with these settings, by default with all features. url: address with another
        database user.
        """
        environ = {"DATABASE_URL": url or self.url, "FEATURES": "all", **settings}
        return open_core(load(CoreSettings, environ), environ=environ, sells=False)

    async def states(self, url: str = "", **settings: str) -> dict[str, str]:
        """Return the state of each installed feature of SEEN."""
        async with self.open(url, **settings) as core:
            return {name: state.value for name, state in core.features().now.states.items() if name in SEEN}

    async def left(self, **settings: str) -> Mapping[str, Mapping[str, int]]:
        """Return the numbers of remaining rows that prevent features from being switched off completely, by feature and
        kind of row.
        """
        async with self.open(**settings) as core:
            return core.features().now.left


@pytest.fixture(scope="module")
def shared_modules() -> Iterator[ForkClient]:
    """Start a fork server that has loaded the modules that all processes of a demo share, and no test."""
    with ForkClient() as shared_modules:
        yield shared_modules.ready()


@pytest.fixture
def shop(new_database_url: str) -> Shop:
    """Create an installation with the product's own features."""
    return Shop(new_database_url)


@pytest.fixture
async def raffle_shop(site: Path, shop: Shop) -> Shop:
    """Create an installation with two more features: raffles, with a table and a job, and tickets, which depend on
    raffles.
    """
    write_feature(site, "raffle", RAFFLE)
    write_feature(site, "tickets", "needs=('raffle',)")
    await shop.execute("CREATE TABLE raffles (id int PRIMARY KEY, drawn boolean NOT NULL)")
    shop.migrate()
    return shop
