"""/ayuda: what one can do here, and who helps. /paysupport: the same with a payment. /terminos, /privacidad: to read.

Telegram asks every bot to answer /help, and every bot that is paid in the chat to answer /paysupport.
"""

from functools import partial

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.chat import show
from bot.screens.support import document, guide, payment_help
from bot.texts import Texts
from subscriptions.application.dto.policy import Policy


def support_router() -> Router:
    """Each in both languages."""
    router = Router(name="support")
    router.message.register(_help, Command("ayuda", "help"))
    router.message.register(_help_with_payment, Command("paysupport"))
    router.message.register(partial(_document, name="terms"), Command("terminos", "terms"))
    router.message.register(partial(_document, name="privacy"), Command("privacidad", "privacy"))
    return router


async def _help(message: Message, t: Texts, bot: Bot, support_contact: str) -> None:
    await show(message, guide(t, support_contact), bot)


async def _help_with_payment(message: Message, t: Texts, bot: Bot, support_contact: str) -> None:
    await show(message, payment_help(t, support_contact, message.chat.id), bot)


async def _document(message: Message, t: Texts, bot: Bot, policy: Policy, *, name: str) -> None:
    await show(message, document(t, name, policy.base_url), bot)
