"""/paysupport: who helps with a payment. Telegram asks every bot that is paid in the chat to answer it."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.chat import show
from bot.screens.support import payment_help
from bot.texts import Texts


def support_router() -> Router:
    """The one command."""
    router = Router(name="support")
    router.message.register(_help_with_payment, Command("paysupport"))
    return router


async def _help_with_payment(message: Message, t: Texts, bot: Bot, support_contact: str) -> None:
    await show(message, payment_help(t, support_contact, message.chat.id), bot)
