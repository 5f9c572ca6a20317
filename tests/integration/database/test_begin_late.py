"""Start of a transaction at the first statement that locks or writes; reads alone start no transaction."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.fakes import samples
from tests.fakes.units import Units

ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"
"""Statement whose effect is limited to its transaction."""


@pytest.fixture
async def trips(engine: AsyncEngine) -> list[str]:
    """Record the statements that begin and end transactions. Prepared statements are not logged."""
    asked: list[str] = []
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        raw.driver_connection.add_query_logger(lambda query: asked.append(query.query.split()[0].strip(";")))
    return asked


async def logged(trips: list[str]) -> list[str]:
    """Return the logged statements and clear the log. Loggers are called with a short delay."""
    await asyncio.sleep(0)
    seen = trips.copy()
    trips.clear()
    return seen


async def test_reads_without_writes_open_no_transaction(units: Units, trips: list[str]) -> None:
    person = samples.customer()
    async with units() as uow:
        await uow.customers.get(person.id)
        await uow.customers.by_telegram_id(person.telegram_id)
    assert await logged(trips) == []


async def test_lock_is_first_statement(units: Units, trips: list[str]) -> None:
    wanted = samples.order(samples.customer(), samples.plan()).id
    async with units() as uow:
        await uow.orders.get(wanted)
        assert await logged(trips) == []
        await uow.orders.get(wanted, lock=True)
        assert await logged(trips) == ["BEGIN"]
        await uow.orders.get(wanted)
    assert await logged(trips) == ["ROLLBACK"]


async def test_writes_after_a_read_are_in_one_transaction(units: Units) -> None:
    first, second = samples.customer(), samples.customer(telegram_id=4711)
    async with units() as uow:
        await uow.customers.get(first.id)
        await uow.customers.save(first)
        await uow.customers.save(second)
    async with units() as uow:
        assert [await uow.customers.get(one.id) for one in (first, second)] == [None, None]
        await uow.customers.save(first)
        assert await uow.customers.get(first.id) is not None
        await uow.commit()
    async with units() as uow:
        assert await uow.customers.get(first.id) is not None


async def test_first_statement_on_a_plain_connection_begins_a_transaction(
    engine: AsyncEngine, trips: list[str]
) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        held = (await connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))).scalar()
    assert (held, (await logged(trips))[0]) == (1, "BEGIN")


async def test_local_setting_of_a_transaction_applies_to_its_next_statement(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text(ROOM))
        assert (await connection.execute(text("SELECT current_setting('work_mem')"))).scalar_one() == "64MB"
