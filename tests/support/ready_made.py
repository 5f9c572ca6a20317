"""What pydantic makes of aiogram's types when one is first met, made before a process is forked that will meet it.

A bot meets these within its first customer, a second of a processor, and each of a demo's bots would make them anew.
Whoever imports this has loaded `bot` already, and so aiogram as the bot has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aiogram import methods, types
from aiogram.methods import TelegramMethod
from pydantic import BaseModel

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
    for call in CALLS:
        reading(call.__returning__)
    for kind in (*CALLS, *TYPES):
        kind.model_rebuild()
