"""What processes make when they first need it, made before one is forked that will: each would make the same anew.

A bot meets these types of aiogram's within its first customer, and pydantic takes a second of a processor for them.
Reading the bot's words takes a third of one.
Whoever imports this has loaded `bot` already, and so aiogram as the bot has it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final, cast

from aiogram import methods, types
from aiogram.methods import TelegramMethod
from pydantic import BaseModel

from bot.texts import load_texts
from bot.updates import GetRawUpdates
from subscriptions.infrastructure.telegram.bot_client import reading

CALLS: Final[Sequence[type[TelegramMethod[Any]]]] = (
    methods.GetMe,
    methods.GetChat,
    methods.GetChatMember,
    methods.SetMyCommands,
    GetRawUpdates,
    methods.SendMessage,
    methods.EditMessageText,
    methods.EditMessageReplyMarkup,
    methods.AnswerCallbackQuery,
)
TYPES: Final[Sequence[type[BaseModel]]] = (
    types.Update,
    types.BotCommand,
    types.InlineKeyboardButton,
    types.InlineKeyboardMarkup,
)


def make() -> None:
    """In this process, for those that are forked from it."""
    # httpcore looks for it with each lock it makes, and Python's finders need half a millisecond to find nothing.
    cast("dict[str, ModuleType | None]", sys.modules).setdefault("sniffio", None)
    load_texts()
    for call in CALLS:
        reading(call.__returning__)
    for kind in (*CALLS, *TYPES):
        kind.model_rebuild()
