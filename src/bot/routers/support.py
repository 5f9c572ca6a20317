"""/ayuda: what one can do here, and who helps. /paysupport: the same with a payment.

Telegram asks every bot to answer /help, and every bot that is paid in the chat to answer /paysupport.
"""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.chat import show
from bot.screens.support import guide, payment_help
from bot.texts import Texts


def support_router() -> Router:
    """Both commands."""
    router = Router(name="support")
    router.message.register(_help, Command("ayuda", "help"))
    router.message.register(_help_with_payment, Command("paysupport"))
    return router


async def _help(message: Message, t: Texts, bot: Bot, support_contact: str) -> None:
    await show(message, guide(t, support_contact), bot)


async def _help_with_payment(message: Message, t: Texts, bot: Bot, support_contact: str) -> None:
    await show(message, payment_help(t, support_contact, message.chat.id), bot)
