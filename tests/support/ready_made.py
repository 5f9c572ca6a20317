"""Objects that processes build at the first use, built once before the processes are forked.

A bot needs these aiogram types for its first customer, and pydantic takes a second of processor time to build them.
Reading the bot's texts takes a third of a second. Importing this module loads `bot`, and so aiogram as the bot
configures it.
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
    """Build the objects in this process, for the processes that are forked from it."""
    # httpcore tries to import sniffio with each lock that it creates, and Python's finders need half a millisecond to
    # fail.
    cast("dict[str, ModuleType | None]", sys.modules).setdefault("sniffio", None)
    load_texts()
    for call in CALLS:
        reading(call.__returning__)
    for kind in (*CALLS, *TYPES):
        kind.model_rebuild()
