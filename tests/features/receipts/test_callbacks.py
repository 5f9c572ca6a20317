"""Callback data of a receipt's button, from which the handler gets the receipt's id."""

from __future__ import annotations

import pytest
from aiogram.types import CallbackQuery, User

from bot.callbacks import PressFilter
from features.receipts.callbacks import INVOICE_PATTERN, invoice
from subscriptions.domain.ids import new_uuid


def press(data: str) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=User(id=1, is_bot=False, first_name="Ana"), chat_instance="1", data=data)


async def test_receipt_button_data_is_parsed() -> None:
    receipt = new_uuid()

    assert invoice(receipt) == f"invoice_{receipt.hex}" == invoice(receipt.hex)
    assert await PressFilter(INVOICE_PATTERN)(press(invoice(receipt))) == {"receipt": receipt.hex}


@pytest.mark.parametrize("data", ["invoice_", f"invoice_{'0' * 31}", f"invoice_{'G' * 32}", "plan_list"])
async def test_button_data_without_a_valid_receipt_id_is_not_matched(data: str) -> None:
    assert not await PressFilter(INVOICE_PATTERN)(press(data))
