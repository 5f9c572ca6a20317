"""Callback data of gift buttons: each is matched by the pattern of exactly one handler, which parses its values."""

from __future__ import annotations

import pytest
from aiogram.types import CallbackQuery, User

from bot import callbacks as core
from bot.callbacks import PressFilter
from features.gifts import callbacks as own

PATTERNS = (
    *(own.GIFT_PATTERN, own.GIFT_PAY_PATTERN, own.GIFT_PAID_PATTERN, own.GIFT_LINK_PATTERN),
    own.GIFT_COUNTRY_PATTERN,
)


def press(data: str) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=User(id=1, is_bot=False, first_name="Ana"), chat_instance="1", data=data)


@pytest.mark.parametrize(
    ("data", "pattern", "found"),
    [
        (core.buy_for_another("retabet"), own.GIFT_PATTERN, {"soft_id": "retabet"}),
        (core.pay_for_another("stripe", "retabet"), own.GIFT_PAY_PATTERN, {"provider": "stripe", "soft_id": "retabet"}),
        (core.paid_for_another("retabet"), own.GIFT_PAID_PATTERN, {"soft_id": "retabet"}),
        (own.gift_link("0" * 32), own.GIFT_LINK_PATTERN, {"order": "0" * 32}),
        (own.gift_country("FR", "retabet"), own.GIFT_COUNTRY_PATTERN, {"country": "FR", "soft_id": "retabet"}),
    ],
)
async def test_gift_button_data_is_matched_by_exactly_one_pattern_and_parsed(
    data: str, pattern: str, found: object
) -> None:
    assert await PressFilter(pattern)(press(data)) == found
    assert len([each for each in PATTERNS if await PressFilter(each)(press(data))]) == 1
