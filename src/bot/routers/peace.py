"""Buttons that switch win-back offers to former customers off and on again."""

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import deals as screens
from bot.texts import Texts
from subscriptions.application.people.customers import LeaveInPeace
from subscriptions.domain.entities.customer import Customer


def peace_router() -> Router:
    """Return the router of the buttons that switch offers to former customers off and on."""
    router = Router(name="peace")
    router.callback_query.register(_in_peace, PressFilter(f"{callbacks.NO_OFFERS}|{callbacks.OFFERS_AGAIN}"))
    return router


async def _in_peace(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, leave_in_peace: LeaveInPeace
) -> None:
    quiet = callback.data == callbacks.NO_OFFERS
    await leave_in_peace(customer.telegram_id, quiet=quiet)
    await show(callback, screens.in_peace(t, quiet=quiet), bot)
