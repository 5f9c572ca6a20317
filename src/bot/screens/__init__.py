"""What messages look like: text and buttons made from views, without asking anybody anything."""

from collections.abc import Callable
from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup


@dataclass(frozen=True)
class Attached:
    """A file that a message brings. make: its bytes, which may take a while."""

    name: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Screen:
    """HTML text and the buttons under it. attached: a file sent with them, whose caption is the text."""

    text: str
    markup: InlineKeyboardMarkup | None = None
    attached: Attached | None = None
