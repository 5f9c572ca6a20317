"""A transaction begins with what locks or writes: whoever only looks pays for no more than the look."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.repositories.figure_statements import ROOM
from tests.fakes import samples
from tests.fakes.units import Units


@pytest.fixture
async def trips(engine: AsyncEngine) -> list[str]:
    """What begins and ends transactions: statements that are prepared are not heard of."""
    asked: list[str] = []
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        raw.driver_connection.add_query_logger(lambda query: asked.append(query.query.split()[0].strip(";")))
    return asked


async def heard(trips: list[str]) -> list[str]:
    """Loggers are called a moment later."""
    await asyncio.sleep(0)
    seen = trips.copy()
    trips.clear()
    return seen


async def test_who_only_looks_begins_nothing(units: Units, trips: list[str]) -> None:
    person = samples.customer()
    async with units() as uow:
        await uow.customers.get(person.id)
        await uow.customers.by_telegram_id(person.telegram_id)
    assert await heard(trips) == []


async def test_who_locks_begins_with_it(units: Units, trips: list[str]) -> None:
    wanted = samples.order(samples.customer(), samples.plan()).id
    async with units() as uow:
        await uow.orders.get(wanted)
        assert await heard(trips) == []
        await uow.orders.get(wanted, lock=True)
        assert await heard(trips) == ["BEGIN"]
        await uow.orders.get(wanted)
    assert await heard(trips) == ["ROLLBACK"]


async def test_what_was_written_after_a_look_is_one_whole(units: Units) -> None:
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


async def test_what_calls_the_database_itself_begins(engine: AsyncEngine, trips: list[str]) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        held = (await connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))).scalar()
    assert (held, (await heard(trips))[0]) == (1, "BEGIN")


async def test_what_is_set_for_a_transaction_holds_in_it(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text(ROOM))
        assert (await connection.execute(text("SELECT current_setting('work_mem')"))).scalar_one() == "64MB"
