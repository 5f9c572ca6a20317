"""Buttons under messages: the main one alone in the first row, «⬅️ Volver» last."""

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot import callbacks
from bot.texts import Texts


def button(text: str, data: str) -> InlineKeyboardButton:
    """A button that tells the bot something."""
    return InlineKeyboardButton(text=text, callback_data=data)


def link(text: str, url: str) -> InlineKeyboardButton:
    """A button that opens an address."""
    return InlineKeyboardButton(text=text, url=url)


def keyboard(*rows: InlineKeyboardButton | list[InlineKeyboardButton] | None) -> InlineKeyboardMarkup | None:
    """Rows from top to bottom; None rows are left out."""
    shown = [row if isinstance(row, list) else [row] for row in rows if row]
    return InlineKeyboardMarkup(inline_keyboard=shown) if shown else None


def plans_button(t: Texts) -> InlineKeyboardButton:
    """[Ver Planes]."""
    return button(t.plain("buttons.plans"), callbacks.PLAN_LIST)


def new_page(t: Texts, provider: str, soft_id: str) -> InlineKeyboardButton:
    """A place to pay in place of one that has run out: plan and way stay."""
    return button(t.plain("buttons.new_page"), callbacks.pay_again(provider, soft_id))


def otherwise(t: Texts, soft_id: str) -> InlineKeyboardButton:
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
