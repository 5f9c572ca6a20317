"""«Invitar a un amigo»: the link, and how far it led."""

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import referrals as screens
from bot.texts import Texts
from subscriptions.application.promotions.show_referrals import ShowReferrals
from subscriptions.domain.entities.customer import Customer


def referrals_router() -> Router:
    """The button on the status card."""
    router = Router(name="referrals")
    router.callback_query.register(_show, PressFilter(callbacks.REFERRALS))
    return router


async def _show(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, show_referrals: ShowReferrals) -> None:
    view = await show_referrals(customer.telegram_id)
    await show(callback, screens.referrals(t, view) if view is not None else screens.none(t), bot)
