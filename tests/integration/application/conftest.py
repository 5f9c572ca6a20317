"""Fixtures of a shop on the test's database, and of a second process of the same shop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import Shop, database_shop


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    """Build the use cases with PostgreSQL repositories and an in-memory provider."""
    engine = create_engine(database_url, pool_size=30)
    yield database_shop(engine)
    await engine.dispose()


@pytest.fixture
async def replica(database_url: str, shop: Shop) -> AsyncIterator[Shop]:
    """Build a replica of the shop in another process: separate connections, the same provider and clock."""
    engine = create_engine(database_url)
    other = database_shop(engine, clock=shop.clock, provider=shop.provider)
    yield other
    await engine.dispose()
