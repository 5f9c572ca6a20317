"""Referral links in the chat: section of the status card, screen, and deep link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot.callbacks import PressFilter
from bot.chat import show
from bot.feature import ChatPart, StartLink
from bot.status_section import StatusSection
from bot.texts import Texts
from features.referrals import screens
from features.referrals.callbacks import REFERRALS
from features.referrals.domain import LINK, SOURCE, referrer_of
from features.referrals.use_cases.show_referrals import ShowReferrals
from features.referrals.wiring import ReferralsContainer
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.domain.entities.customer import Customer


@dataclass(frozen=True)
class ReferralSections:
    """Provider of the referral section of the status card."""

    show_referrals: ShowReferrals

    async def __call__(self, customer: Customer, t: Texts) -> Sequence[StatusSection]:
        """Return the section if referrals currently grant days; otherwise an empty list."""
        view = await self.show_referrals(customer.telegram_id)
        return [screens.section(t, view)] if view is not None else []


@dataclass(frozen=True)
class ReferralDesk:
    """Handler that shows customers their referral links."""

    show_referrals: ShowReferrals

    async def show(self, callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot) -> None:
        """Answer the button of the status card with the customer's referral link."""
        view = await self.show_referrals(customer.telegram_id)
        await show(callback, screens.referrals(t, view) if view is not None else screens.none(t), bot)


def _show_referrals(container: BotContainer) -> ShowReferrals:
    return ReferralsContainer(core=container.core).show_referrals()


def _router(container: BotContainer) -> Router:
    router = Router(name="referrals")
    router.callback_query.register(ReferralDesk(_show_referrals(container)).show, PressFilter(REFERRALS))
    return router


def _sections(container: BotContainer) -> ReferralSections:
    return ReferralSections(_show_referrals(container))


CHAT: Final = ChatPart(
    router=_router,
    sections=_sections,
    start_links=(StartLink(prefix=LINK, source=SOURCE, referrer=referrer_of),),
)
