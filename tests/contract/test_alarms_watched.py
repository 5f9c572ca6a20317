"""The alarm watch checks all open alarms in batches, each alarm in its own transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.alarms.alarms import PAGE_SIZE, SeeAlarms
from subscriptions.application.alarms.watch_alarms import AT_ONCE, WatchAlarms, close_if_mended
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.userbot_account import AccountTrouble
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes import samples
from tests.fakes.shop import Shop, database_shop, memory_shop
from tests.fakes.units import database

__all__ = ["database"]

BANNED = AccountTrouble.LOGGED_OUT
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
async def shop(database: str | None) -> AsyncIterator[Shop]:
    """Build the use cases with in-memory or PostgreSQL repositories, and a clock that drives the alarm watch."""
    if database is None:
        yield memory_shop()
        return
    engine = create_engine(database)
    yield database_shop(engine)
    await engine.dispose()


async def raised(shop: Shop, *kinds: tuple[str, int]) -> None:
    """Raise the given number of alarms of each kind, oldest first. The cause of an alarm of the kind `stays` still
    exists; an alarm of the kind `over` is about an account that works again.
    """
    works = samples.account()
    async with shop.units() as uow:
        await uow.accounts.add_if_new(works)
        for index, (kind, many) in enumerate(kinds):
            for number in range(many):
                key = f"{kind}:{index}:{number}"
                about = {"account": f"{works.id} uno"} if kind == "over" else {}
                alarm = Alarm.begin(key, BANNED if kind == "over" else "dispute_lost", about, shop.clock.now())
                await uow.alarms.add_if_new(alarm)
            shop.clock.advance(FIVE_MINUTES)
        await uow.commit()


async def count(shop: Shop) -> int:
    """Return the number of open alarms."""
    async with shop.units() as uow:
        return await uow.alarms.count_open()


async def test_alarm_watch_checks_all_open_alarms_in_batches_and_closes_those_without_a_cause(shop: Shop):
    await raised(shop, ("over", 20), ("stays", AT_ONCE + 20), ("over", 20))
    watch = WatchAlarms(shop.units, shop.clock)
    for _ in range(2):
        shop.clock.advance(FIVE_MINUTES)
        await watch()
    assert await count(shop) == AT_ONCE + 20
    async with shop.units() as uow:
        first = await uow.alarms.open_after(None, 1)
        rest = await uow.alarms.open_after(first[0].id, 9999)
    assert len(rest) == AT_ONCE + 19
    assert first[0].id < rest[0].id


async def test_open_alarm_list_omits_alarms_whose_cause_is_gone(shop: Shop):
    await raised(shop, ("stays", PAGE_SIZE), ("over", 120))
    owner = await shop.customer(staff_role=StaffRole.OWNER)
    see = SeeAlarms(shop.units, shop.clock, StaffDesk(shop.units, shop.clock), shop.gateways)
    shown = await see.open(owner.telegram_id)
    assert [alarm.kind for alarm in shown] == ["dispute_lost"] * PAGE_SIZE
    assert await count(shop) == PAGE_SIZE


async def test_two_concurrent_watches_do_not_block_each_other(shop: Shop):
    await raised(shop, ("stays", 3), ("over", 20))
    shop.clock.advance(FIVE_MINUTES)
    watches = [WatchAlarms(shop.units, shop.clock) for _ in range(2)]
    await asyncio.gather(*(watch() for watch in watches))
    assert await count(shop) == 3


async def test_alarm_raised_again_during_its_check_stays_open(shop: Shop):
    """The check covered the earlier cause only, so the alarm about the newer cause must remain open."""
    await raised(shop, ("over", 1))
    async with shop.units() as uow:
        [judged] = await uow.alarms.open(1)
    for change in ({"raised_at": shop.clock.now()}, {"facts": {**judged.facts, "reason": "again"}}):
        async with shop.units() as uow:
            await uow.alarms.save(replace(judged, **change))
            await uow.commit()
        async with shop.units() as uow:
            assert not await close_if_mended(uow, judged, shop.clock.now())
            await uow.commit()
        assert await count(shop) == 1
    shop.clock.advance(FIVE_MINUTES)
    await WatchAlarms(shop.units, shop.clock)()
    assert await count(shop) == 0
