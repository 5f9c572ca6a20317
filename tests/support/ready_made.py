"""Objects that processes would build on first use, built once before the processes are forked.

A bot needs these aiogram types for its first customer, and pydantic takes a second of processor time to build them.
Reading the bot's texts takes a third of a second. Importing this module loads `bot`, which configures aiogram.
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
    """Build the objects in this process, for use by the processes that are forked from it."""
    # For each lock that it creates, httpcore tries to import sniffio, and each failed import takes half a millisecond.
    cast("dict[str, ModuleType | None]", sys.modules).setdefault("sniffio", None)
    load_texts()
    for call in CALLS:
        reading(call.__returning__)
    for kind in (*CALLS, *TYPES):
        kind.model_rebuild()
