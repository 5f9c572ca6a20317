"""Receipts as shown to customers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from features.receipts.use_cases.show_receipts import PAGE_SIZE, ShowReceipts
from subscriptions.domain.ids import TelegramId
from tests.fakes.shop import memory_shop
from tests.unit.application.payments.test_receipt_lines import sold


async def test_customer_sees_only_their_receipts_newest_first() -> None:
    shop = memory_shop()
    ana, _ = await sold(shop)
    await sold(memory_shop())
    lines = await ShowReceipts(shop.units)(ana)
    assert [(line.receipt.label, line.corrects) for line in lines] == [
        ("A2026-00001", "R2026-00001"),
        ("R2026-00001", ""),
    ]
    assert await ShowReceipts(shop.units)(TelegramId(1)) == []
    assert await ShowReceipts(shop.units).one(ana, lines[0].receipt.id) == lines[0]
    stranger = await shop.customer()
    for asking in (stranger.telegram_id, TelegramId(1)):
        assert await ShowReceipts(shop.units).one(asking, lines[0].receipt.id) is None
    assert PAGE_SIZE * 400 < 4096


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Europe/Madrid", datetime(2026, 3, 31, 22, 30, tzinfo=UTC), date(2026, 4, 1)),
        ("Europe/Madrid", datetime(2026, 3, 31, 21, 59, tzinfo=UTC), date(2026, 3, 31)),
        ("America/Bogota", datetime(2026, 4, 1, 3, 0, tzinfo=UTC), date(2026, 3, 31)),
    ],
)
async def test_date_of_a_receipt_follows_the_operators_time_zone(zone: str, at: datetime, day: date) -> None:
    shop = memory_shop()
    shop.clock.advance(at - shop.clock.now())
    ana, _ = await sold(shop)
    *_, shown = await ShowReceipts(shop.units, ZoneInfo(zone))(ana)
    assert shown.day == day
