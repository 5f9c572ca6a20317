"""The /ayuda, /paysupport, /terminos and /privacidad commands.

Telegram requires every bot to answer /help, and every bot that takes payments in the chat to answer /paysupport.
"""

from functools import partial

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import say, show
from bot.commands import command_filter
from bot.middlewares.pressed_message import KEEPS_MESSAGE
from bot.screens.support import document, guide, payment_help
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy


def support_router() -> Router:
    """Return the router of the help commands and of the status card's help button."""
    router = Router(name="support")
    router.message.register(_help, command_filter("ayuda"))
    router.callback_query.register(_help, PressFilter(callbacks.HELP), flags=KEEPS_MESSAGE)
    router.message.register(_help_with_payment, Command("paysupport"))
    router.message.register(partial(_document, name="terms"), command_filter("terminos"))
    router.message.register(partial(_document, name="privacy"), command_filter("privacidad"))
    return router


async def _help(
    event: Message | CallbackQuery, t: Texts, bot: Bot, support_contact: str, hidden_commands: frozenset[str]
) -> None:
    # A separate message, so that the status card remains.
    chat = event.from_user.id if isinstance(event, CallbackQuery) else event.chat.id
    await say(bot, chat, guide(t, support_contact, hidden_commands))


async def _help_with_payment(message: Message, t: Texts, bot: Bot, support_contact: str) -> None:
    await show(message, payment_help(t, support_contact, message.chat.id), bot)


async def _document(message: Message, t: Texts, bot: Bot, policy: Policy, *, name: str) -> None:
    await show(message, document(t, name, policy.base_url), bot)
