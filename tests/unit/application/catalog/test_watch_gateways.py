"""Check that one alarm a day names the invalid settings of payment methods, and that the other methods
remain on sale.
"""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.catalog.watch_gateways import WatchGateways
from tests.fakes.shop import memory_shop

WRONG = [("OTHER_KEY", "is missing"), ("OTHER_SECRET", "is nonsense")]


async def test_method_with_invalid_settings_is_reported_once_a_day() -> None:
    shop = memory_shop()
    shop.gateways.wrong["other"] = WRONG
    watch = WatchGateways(shop.units, shop.gateways, shop.clock)
    await watch()
    await watch()
    notified = await shop.jobs("bot.alarm")
    assert [(job["kind"], job["facts"]) for job in notified] == [
        ("payment_method_left_out", {"provider": "other", "settings": "OTHER_KEY, OTHER_SECRET"})
    ]
    shop.clock.advance(timedelta(days=1))
    await watch()
    assert len(await shop.alarms()) == 2


async def test_second_process_raises_no_second_gateway_alarm() -> None:
    shop = memory_shop()
    shop.gateways.wrong["other"] = WRONG
    for _ in range(2):
        await WatchGateways(shop.units, shop.gateways, shop.clock)()
    assert await shop.alarms() == ["payment_method_left_out"]


async def test_shop_without_a_valid_payment_method_raises_a_second_alarm() -> None:
    shop = memory_shop()
    shop.gateways.gateways.clear()
    shop.gateways.wrong["other"] = WRONG
    await WatchGateways(shop.units, shop.gateways, shop.clock)()
    assert await shop.alarms() == ["payment_method_left_out", "no_payment_method"]


async def test_valid_settings_raise_no_alarm() -> None:
    shop = memory_shop()
    await WatchGateways(shop.units, shop.gateways, shop.clock)()
    assert await shop.alarms() == []
