"""Connections that lay idle: dead ones are replaced unnoticed, and living ones are not asked all the time."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database import engine as engines
from subscriptions.infrastructure.database.engine import create_engine

BOTH = pytest.mark.parametrize("idle", [0.0, 60.0], ids=["asked", "not asked"])


async def driver_of(engine: AsyncEngine) -> asyncpg.Connection:
    """The one connection of the pool, which is back in it."""
    async with engine.begin() as connection:
        await connection.execute(text("SELECT 1"))
        raw = await connection.get_raw_connection()
        assert isinstance(raw.driver_connection, asyncpg.Connection)
        return raw.driver_connection


@BOTH
async def test_whether_it_lives_is_asked_after_a_while_alone(
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
async def test_a_connection_that_was_cut_is_replaced_unnoticed(
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
