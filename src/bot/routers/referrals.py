"""«Invitar a un amigo»: the link, and how far it led."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.screens import referrals as screens
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.promotions.show_referrals import ShowReferrals
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class ReferralSections:
    """Sections of the status card for customers whose link gives something."""

    show_referrals: ShowReferrals

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Read the sections."""
        view = await self.show_referrals(customer.telegram_id)
        return [screens.section(t, view)] if view is not None else []


def referrals_router() -> Router:
    """The button on the status card."""
    router = Router(name="referrals")
    router.callback_query.register(_show, PressFilter(callbacks.REFERRALS))
    return router


async def _show(callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, show_referrals: ShowReferrals) -> None:
    view = await show_referrals(customer.telegram_id)
    await show(callback, screens.referrals(t, view) if view is not None else screens.none(t), bot)
