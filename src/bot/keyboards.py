"""Buttons under messages: the main button alone in the first row, «⬅️ Volver» last."""

import unicodedata
from typing import Final

from aiogram.enums import ButtonStyle
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from bot import callbacks
from bot.texts import Texts

WIDTHS: Final = {1: 64, 2: 20, 3: 12}
"""Maximum width of a button's text, in letters, by the number of buttons in its row.

Telegram truncates longer texts on a phone. A button alone in its row is as wide as the message.
"""


def button(text: str, data: str) -> InlineKeyboardButton:
    """Return a button that sends callback data to the bot."""
    return InlineKeyboardButton(text=text, callback_data=data)


def link(text: str, url: str) -> InlineKeyboardButton:
    """Return a button that opens a URL."""
    return InlineKeyboardButton(text=text, url=url)


def pays(text: str, url: str | None = None, *, data: str | None = None) -> InlineKeyboardButton:
    """Return the button that leads to the payment, by a URL or by callback data, highlighted in apps that support
    styles.
    """
    return InlineKeyboardButton(text=text, url=url, callback_data=data, style=ButtonStyle.SUCCESS)


def opens_page(text: str, url: str) -> InlineKeyboardButton:
    """Return a button that opens a URL as a Mini App. Telegram allows such a button in private chats only."""
    return InlineKeyboardButton(text=text, web_app=WebAppInfo(url=url))


def keyboard(*rows: InlineKeyboardButton | list[InlineKeyboardButton] | None) -> InlineKeyboardMarkup | None:
    """Return a keyboard with the given rows, ignoring rows that are None.

    A row whose texts would be truncated on a phone is split into one row per button.
    """
    button_rows = [row if isinstance(row, list) else [row] for row in rows if row]
    fitting_rows = [part for row in button_rows for part in ([row] if fits(row) else [[item] for item in row])]
    return InlineKeyboardMarkup(inline_keyboard=fitting_rows) if fitting_rows else None


def fits(row: list[InlineKeyboardButton]) -> bool:
    """Return True if the texts of a row fit on a phone without truncation."""
    return all(_width(item.text) <= WIDTHS.get(len(row), 8) for item in row)


def _width(text: str) -> int:
    """Return the width of a text in letters; an emoji counts as two."""
    return sum(2 if unicodedata.category(sign) == "So" else 0 if sign == "\ufe0f" else 1 for sign in text)


def plans_button(t: Texts) -> InlineKeyboardButton:
    """Return the button «Ver Planes», which leads to the list of plans."""
    return button(t.plain("buttons.plans"), callbacks.PLAN_LIST)


def new_page(t: Texts, provider: str, soft_id: str) -> InlineKeyboardButton:
    """Return the button that opens a new checkout for the plan and payment method of an expired checkout."""
    return button(t.plain("buttons.new_page"), callbacks.pay_again(provider, soft_id))


def other_methods(t: Texts, soft_id: str, suffix: str = "") -> InlineKeyboardButton:
    """Return the button that lists the other payment methods. `suffix`: addition to the text, such as the plan."""
    return button(f"{t.plain('buttons.pay_otherwise')}{suffix}", callbacks.methods(soft_id))


def back_to_plans(t: Texts) -> InlineKeyboardButton:
    """Return the [⬅️ Volver] button that leads to the list of plans."""
    return button(t.plain("buttons.back"), callbacks.BACK_TO_PLANS)


def back_to_plan(t: Texts, soft_id: str) -> InlineKeyboardButton:
    """Return the [⬅️ Volver] button that leads to a plan's card."""
    return button(t.plain("buttons.back"), callbacks.plan_select(soft_id))


def copy(text: str, value: str) -> InlineKeyboardButton:
    """Return a button that copies a text of up to 256 characters to the clipboard."""
    return InlineKeyboardButton(text=text, copy_text=CopyTextButton(text=value))
