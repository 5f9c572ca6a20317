"""Units of work on the test's own database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.units import Units, route_by_name, sql_unit


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Open an engine for the test's database."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def units(engine: AsyncEngine) -> Units:
    """Build units of work in PostgreSQL."""
    return Units(lambda: sql_unit(engine, route_by_name), engine=engine)
