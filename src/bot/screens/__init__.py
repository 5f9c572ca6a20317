"""What messages look like: text and buttons made from views, without asking anybody anything."""

from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup


@dataclass(frozen=True)
class Screen:
    """HTML text and the buttons under it."""

    text: str
    markup: InlineKeyboardMarkup | None = None
