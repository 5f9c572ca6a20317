"""Idle connections: closed connections are replaced transparently, and open ones are not checked at every use."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database import engine as engines
from subscriptions.infrastructure.database.engine import create_engine

BOTH = pytest.mark.parametrize("idle", [0.0, 60.0], ids=["checked", "not checked"])


async def driver_of(engine: AsyncEngine) -> asyncpg.Connection:
    """Return the driver connection of the pool's only connection, after the connection was returned to the pool."""
    async with engine.begin() as connection:
        await connection.execute(text("SELECT 1"))
        raw = await connection.get_raw_connection()
        assert isinstance(raw.driver_connection, asyncpg.Connection)
        return raw.driver_connection


@BOTH
async def test_connection_is_checked_only_after_idle_time(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    monkeypatch.setattr(engines, "IDLE_SECONDS", idle)
    driver = await driver_of(engine)
    asked: list[str] = []
    driver.add_query_logger(lambda query: asked.append(query.query))
    assert await driver_of(engine) is driver
    await driver.execute("SELECT 2")
    await asyncio.sleep(0)
    assert (";" in asked, "SELECT 2" in asked) == (idle == 0, True)


@BOTH
async def test_cut_connection_is_replaced_transparently(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    monkeypatch.setattr(engines, "IDLE_SECONDS", idle)
    driver = await driver_of(engine)
    ended = asyncio.Event()
    driver.add_termination_listener(lambda _: ended.set())
    killer = create_engine(database_url)
    async with killer.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": driver.get_server_pid()})
    await killer.dispose()
    await asyncio.wait_for(ended.wait(), 90)
    assert await driver_of(engine) is not driver
