"""What the panel's screens share: the ways out, cards, lists in pages."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.formats import quote
from bot.keyboards import button, keyboard
from bot.panel.data import data
from bot.screens import Screen
from bot.texts import Texts

HOME = "home"
Row = InlineKeyboardButton | list[InlineKeyboardButton] | None


def screen(t: Texts, text: str, *rows: Row, back_to: str | None = HOME, deep: bool = False) -> Screen:
    """back_to: what «⬅️ Volver» carries, a page's name or a button's whole data. deep: «🏠 Menú» stands beside it."""
    buttons: list[InlineKeyboardButton] = []
    if deep:
        buttons.append(button(t.plain("panel.home"), data(HOME)))
    if back_to is not None:
        buttons.append(button(t.plain("buttons.back"), back_to if ":" in back_to else data(back_to)))
    return Screen(text, keyboard(*rows, buttons or None))


def role_word(t: Texts, role: object) -> str:
    """What a role is called: one of the operator's own by its name."""
    return t.plain(f"panel.role.{role}") if t.has(f"panel.role.{role}") else str(role)


def card(*lines: str) -> str:
    """Facts in a quotation."""
    return quote(*lines)


def pairs(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Two in a row."""
    return [list(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]


def turns(
    t: Texts, name: str, page: int, more: bool, *parts: str | int, newest_first: bool = True
) -> list[InlineKeyboardButton]:
    """The ways to the pages before and after one of a list. name: of the panel's page, whose first part is a number.
    parts: what follows it. newest_first: its newest stand first.
    """
    previous_label, next_label = ("newer", "older") if newest_first else ("previous", "next")
    turn = [
        button(t.plain(f"panel.{previous_label}"), data(name, page - 1, *parts)) if page else None,
        button(t.plain(f"panel.{next_label}"), data(name, page + 1, *parts)) if more else None,
    ]
    return [item for item in turn if item is not None]


def notice(t: Texts, key: str, **facts: object) -> Screen:
    """A sentence and the way home."""
    return screen(t, t(key, **facts))


Names = Mapping[str, str]
"""How people of the team are called, by their Telegram ids as text."""
NO_NAMES: Final[Names] = {}


def actor_name(names: Names, actor: object) -> str:
    """Who did something: their name, their number or a program's where there is none; a dash for nobody."""
    return names.get(str(actor), str(actor)) if actor else "–"
