"""Rows of buttons that features add below a customer's receipts."""

from collections.abc import Sequence
from typing import Protocol

from aiogram.types import InlineKeyboardButton

from bot.texts import Texts
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.receipt import Receipt


class ReadReceiptRows(Protocol):
    """Reader of the rows that one feature adds below a customer's receipts."""

    async def __call__(
        self, customer: Customer, t: Texts, newest: Receipt | None
    ) -> Sequence[list[InlineKeyboardButton]]:
        """Return the rows of buttons. newest: receipt of the customer's newest payment; None if there is no receipt."""
        ...
