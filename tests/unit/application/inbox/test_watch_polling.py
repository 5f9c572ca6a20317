"""Check that an alarm is open while a second program with the bot's token takes some of the bot's updates, and closes
once no conflict occurred for a while.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.inbox.watch_polling import (
    OVER_AFTER,
    WINDOW,
    BotPolledElsewhere,
    BotSlowedDown,
    WatchPolling,
)
from tests.fakes.shop import Shop

BOT = "@retador_bot"
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def open_alarms(shop: Shop) -> list[tuple[str, str]]:
    async with shop.units() as uow:
        return [(alarm.kind, alarm.facts["bot"]) for alarm in await uow.alarms.open(9)]


async def test_repeated_polling_conflicts_raise_an_alarm_that_closes_afterwards(shop: Shop) -> None:
    watch = WatchPolling(shop.units, shop.clock)
    for expected in ([], [], [(BotPolledElsewhere.name, BOT)]):
        shop.clock.advance(timedelta(seconds=10))
        await watch.conflict(BOT, CONFLICT)
        await watch.record_answer(BOT)
        assert await open_alarms(shop) == expected
    shop.clock.advance(OVER_AFTER / 2)
    await watch.record_answer(BOT)
    assert await open_alarms(shop) == [(BotPolledElsewhere.name, BOT)]
    shop.clock.advance(OVER_AFTER / 2)
    await watch.record_answer(BOT)
    assert await open_alarms(shop) == []


@pytest.mark.parametrize(("seconds", "alarms"), [(299, []), (7200, [(BotSlowedDown.name, BOT)])])
async def test_long_wait_raises_an_alarm_that_closes_with_an_answer(
    shop: Shop, seconds: int, alarms: list[tuple[str, str]]
) -> None:
    watch = WatchPolling(shop.units, shop.clock)
    await watch.record_answer(BOT)
    for _ in range(2):
        await watch.slow_down(BOT, timedelta(seconds=seconds))
        assert await open_alarms(shop) == alarms
    # A new process does not know what its predecessor reported.
    await WatchPolling(shop.units, shop.clock).record_answer(BOT)
    assert await open_alarms(shop) == []


async def test_single_polling_conflicts_after_killed_processes_raise_no_alarm(shop: Shop) -> None:
    watch = WatchPolling(shop.units, shop.clock)
    for _ in range(4):
        await watch.conflict(BOT, CONFLICT)
        shop.clock.advance(WINDOW)
    assert await open_alarms(shop) == []


async def test_restarted_process_closes_the_alarm_of_its_predecessor(shop: Shop) -> None:
    before = WatchPolling(shop.units, shop.clock)
    for _ in range(3):
        await before.conflict(BOT, CONFLICT)
    after = WatchPolling(shop.units, shop.clock)
    shop.clock.advance(OVER_AFTER)
    await after.record_answer(BOT)
    assert await open_alarms(shop) == []
