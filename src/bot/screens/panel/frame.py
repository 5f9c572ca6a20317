"""Common parts of the panel's screens: exit buttons, cards, and pagination buttons."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot.formats import quote
from bot.keyboards import button, keyboard
from bot.panel.data import data
from bot.screens import Screen
from bot.texts import Texts

HOME = "home"
UP = "up"
"""Name of the panel page that leads from a page of a menu section to that section, or to the start page if the section
has no other page.
"""
Row = InlineKeyboardButton | list[InlineKeyboardButton] | None


def screen(t: Texts, text: str, *rows: Row, back_to: str | None = HOME, deep: bool = False) -> Screen:
    """Return a screen with its exit buttons.

    back_to: target of «⬅️ Volver», as a page's name or as callback data. deep: True to add «🏠 Menú» next to that
    button.
    """
    buttons: list[InlineKeyboardButton] = []
    if deep:
        buttons.append(button(t.plain("panel.home"), data(HOME)))
    if back_to is not None:
        buttons.append(button(t.plain("buttons.back"), back_to if ":" in back_to else data(back_to)))
    return Screen(text, keyboard(*rows, buttons or None))


def up(page: str) -> str:
    """Return the callback data of «⬅️ Volver» on a page of a menu section."""
    return data(UP, page)


def role_word(t: Texts, role: object) -> str:
    """Return the name of a role. A custom role has its own name."""
    return t.plain(f"panel.role.{role}") if t.has(f"panel.role.{role}") else str(role)


def card(*lines: str) -> str:
    """Return the given lines of facts as a quotation."""
    return quote(*lines)


def pairs(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Return the buttons in rows of two."""
    return [list(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]


def turns(
    t: Texts, name: str, page: int, more: bool, *parts: str | int, newest_first: bool = True
) -> list[InlineKeyboardButton]:
    """Return the buttons to the previous and the next page of a list.

    name: name of the panel page, whose first argument is the page number. parts: further arguments of the page.
    newest_first: True if the list is sorted by descending time.
    """
    previous_label, next_label = ("newer", "older") if newest_first else ("previous", "next")
    turn = [
        button(t.plain(f"panel.{previous_label}"), data(name, page - 1, *parts)) if page else None,
        button(t.plain(f"panel.{next_label}"), data(name, page + 1, *parts)) if more else None,
    ]
    return [item for item in turn if item is not None]


def notice(t: Texts, key: str, page: str, **facts: object) -> Screen:
    """Return a screen with a short text and the button back to the menu section of `page`."""
    return screen(t, t(key, **facts), back_to=up(page))


Names = Mapping[str, str]
"""Names of staff members, keyed by their Telegram ids as text."""
NO_NAMES: Final[Names] = {}


def actor_name(names: Names, actor: object) -> str:
    """Return the staff member's name for a stored Telegram id, the id itself if the name is unknown, or a dash for
    None.
    """
    return names.get(str(actor), str(actor)) if actor else "–"
