"""Promotion codes, by their deep link or written: theirs from now on, or kindly why not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot import callbacks
from bot.callbacks import PressFilter
from bot.chat import show
from bot.intents import is_nod
from bot.screens import Screen
from bot.screens import promotions as screens
from bot.texts import Texts
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.checkout.show_deals import ShowDeals
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.application.people.customers import LeaveInPeace
from subscriptions.application.promotions.claim_promotion import ClaimPromotion, PromotionRefusal
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.promotion import LINK, clean_code
from subscriptions.domain.services.typed_codes import typed_code

_LINK: Final = re.compile(rf"\s*(?:https?://)?t\.me/\w+\?start={LINK}(?P<promotion>[A-Za-z0-9_-]{{3,24}})\s*")


class PromotionFilter(Filter):
    """Messages that are the code of a promotion there is, and nothing else."""

    async def __call__(self, message: Message, promotion_desk: "PromotionDesk") -> bool | dict[str, Any]:
        """See aiogram's filters."""
        link, typed = _LINK.fullmatch(message.text or ""), typed_code(message.text or "")
        code = link["promotion"] if link is not None else typed.text if typed is not None else None
        return {"promotion": code} if code is not None and await promotion_desk.exists(code) else False


class MisspelledFilter(Filter):
    """Messages that look like a code and are none."""

    async def __call__(self, message: Message, promotion_desk: "PromotionDesk") -> bool | dict[str, Any]:
        """See aiogram's filters."""
        code = None if is_nod(message) else await promotion_desk.misspelled(message.text or "")
        return {"code": code} if code is not None else False


@dataclass(frozen=True)
class PromotionDesk:
    """Takes a code and shows what may be bought by it."""

    claim_promotion: ClaimPromotion
    browse_plans: BrowsePlans
    show_offers: ShowOffers
    show_deals: ShowDeals

    async def exists(self, code: str) -> bool:
        """Whether there is one of this name."""
        return await self.claim_promotion.exists(code)

    async def screen(self, customer: Customer, t: Texts, code: str) -> Screen:
        """What it gives, or why nothing."""
        claim = await self.claim_promotion(customer.telegram_id, code)
        if isinstance(claim, PromotionRefusal):
            return await self.refusal(customer, t, claim, code)
        mine: Sequence[PlanView] = await self.show_offers(customer.telegram_id)
        if claim.soft_id is not None:
            # Its own plan may be one that nobody is shown without the code.
            mine = [plan for plan in await self.browse_plans.all() if plan.soft_id == claim.soft_id]
        return screens.claim(t, claim, await self.show_deals(customer.telegram_id, mine))

    async def misspelled(self, text: str) -> str | None:
        """The code that a message looks like and that is none; None for any other message."""
        typed = typed_code(text)
        if typed is None or not (typed.is_certain or await self.claim_promotion.is_misspelled(typed.text)):
            return None
        return typed.text

    async def refusal(self, customer: Customer, t: Texts, reason: PromotionRefusal, code: str) -> Screen:
        """Why a code changes nothing, with the way back to what is being bought."""
        buying = await self.claim_promotion.plan_being_bought(customer.telegram_id)
        return screens.refusal(t, reason, clean_code(code), buying)


def promotions_router() -> Router:
    """Codes written into the chat; those of deep links come with /start."""
    router = Router(name="promotions")
    router.message.register(_apply_code, PromotionFilter())
    router.message.register(_answer_misspelled, F.text, MisspelledFilter())
    router.callback_query.register(_apply_code, PressFilter(callbacks.PROMOTION_PATTERN))
    router.callback_query.register(_in_peace, PressFilter(f"{callbacks.NO_OFFERS}|{callbacks.OFFERS_AGAIN}"))
    return router


async def _apply_code(
    event: Message | CallbackQuery,
    promotion: str,
    customer: Customer,
    t: Texts,
    bot: Bot,
    promotion_desk: PromotionDesk,
) -> None:
    await show(event, await promotion_desk.screen(customer, t, promotion), bot)


async def _answer_misspelled(
    message: Message, code: str, customer: Customer, t: Texts, bot: Bot, promotion_desk: PromotionDesk
) -> None:
    if customer.staff_role is not None or customer.barred_at is not None:
        # What staff writes may be a draft.
        raise SkipHandler
    await show(message, await promotion_desk.refusal(customer, t, PromotionRefusal.UNKNOWN, code), bot)


async def _in_peace(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, leave_in_peace: LeaveInPeace
) -> None:
    quiet = callback.data == callbacks.NO_OFFERS
    await leave_in_peace(customer.telegram_id, quiet=quiet)
    await show(callback, screens.in_peace(t, quiet=quiet), bot)
