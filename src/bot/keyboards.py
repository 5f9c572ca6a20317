"""Buttons under messages: the main one alone in the first row, «⬅️ Volver» last."""

import unicodedata
from typing import Final

from aiogram.enums import ButtonStyle
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from bot import callbacks
from bot.texts import Texts

WIDTHS: Final = {1: 64, 2: 20, 3: 12}
"""How wide a button's text may be, in letters, by how many stand beside each other: Telegram cuts what is longer at a
phone's width. One that is alone in its row is as wide as the message."""


def button(text: str, data: str) -> InlineKeyboardButton:
    """A button that tells the bot something."""
    return InlineKeyboardButton(text=text, callback_data=data)


def link(text: str, url: str) -> InlineKeyboardButton:
    """A button that opens an address."""
    return InlineKeyboardButton(text=text, url=url)


def pays(text: str, url: str | None = None, *, data: str | None = None) -> InlineKeyboardButton:
    """The button that leads to paying, by an address or by telling the bot: it stands out where the app knows how."""
    return InlineKeyboardButton(text=text, url=url, callback_data=data, style=ButtonStyle.SUCCESS)


def opens_page(text: str, url: str) -> InlineKeyboardButton:
    """A button that opens an address as a Mini App; in chats with one person alone."""
    return InlineKeyboardButton(text=text, web_app=WebAppInfo(url=url))


def keyboard(*rows: InlineKeyboardButton | list[InlineKeyboardButton] | None) -> InlineKeyboardMarkup | None:
    """Rows from top to bottom; None rows are left out. What would be cut beside another stands below it."""
    button_rows = [row if isinstance(row, list) else [row] for row in rows if row]
    fitting_rows = [part for row in button_rows for part in ([row] if fits(row) else [[item] for item in row])]
    return InlineKeyboardMarkup(inline_keyboard=fitting_rows) if fitting_rows else None


def fits(row: list[InlineKeyboardButton]) -> bool:
    """Whether a phone shows these texts whole beside each other."""
    return all(_width(item.text) <= WIDTHS.get(len(row), 8) for item in row)


def _width(text: str) -> int:
    """In letters; a sign of two is one that stands in a square."""
    return sum(2 if unicodedata.category(sign) == "So" else 0 if sign == "\ufe0f" else 1 for sign in text)


def plans_button(t: Texts) -> InlineKeyboardButton:
    """[Ver Planes]."""
    return button(t.plain("buttons.plans"), callbacks.PLAN_LIST)


def new_page(t: Texts, provider: str, soft_id: str) -> InlineKeyboardButton:
    """A place to pay in place of one that has run out: plan and way stay."""
    return button(t.plain("buttons.new_page"), callbacks.pay_again(provider, soft_id))


def other_methods(t: Texts, soft_id: str) -> InlineKeyboardButton:
    """The choice of another way to pay."""
    return button(t.plain("buttons.pay_otherwise"), callbacks.methods(soft_id))


def back_to_plans(t: Texts) -> InlineKeyboardButton:
    """[⬅️ Volver] to the list."""
    return button(t.plain("buttons.back"), callbacks.BACK_TO_PLANS)


def back_to_plan(t: Texts, soft_id: str) -> InlineKeyboardButton:
    """[⬅️ Volver] to a plan's card."""
    return button(t.plain("buttons.back"), callbacks.plan_select(soft_id))


def copy(text: str, value: str) -> InlineKeyboardButton:
    """A button that puts a text into the clipboard; 256 characters at most."""
    return InlineKeyboardButton(text=text, copy_text=CopyTextButton(text=value))
