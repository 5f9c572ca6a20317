"""Limit on the codes that a person can try."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.vip.code_tries import CodeTries
from subscriptions.domain.entities.customer import MISSES_COUNT, MOST_MISSES
from tests.fakes.shop import Shop


async def test_codes_of_a_person_are_not_looked_at_after_five_misses_within_an_hour(shop: Shop) -> None:
    ana, bea = await shop.customer(), await shop.customer(telegram_id=8)
    tries = CodeTries(shop.units, shop.clock)
    for _ in range(MOST_MISSES):
        assert await tries.are_left(ana.telegram_id)
        await tries.miss(ana.telegram_id)
    assert not await tries.are_left(ana.telegram_id)
    assert await tries.are_left(bea.telegram_id)
    shop.clock.advance(MISSES_COUNT - timedelta(seconds=1))
    assert not await tries.are_left(ana.telegram_id)
    shop.clock.advance(timedelta(seconds=1))
    assert await tries.are_left(ana.telegram_id)


async def test_last_miss_of_a_person_alerts_the_owners_once_an_hour(shop: Shop) -> None:
    ana = await shop.customer()
    tries = CodeTries(shop.units, shop.clock)
    for _ in range(MOST_MISSES - 1):
        await tries.miss(ana.telegram_id)
    assert await shop.alarms() == []
    for _ in range(3):
        await tries.miss(ana.telegram_id)
    assert await shop.alarms() == ["codes_guessed"]
