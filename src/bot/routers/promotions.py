"""Promotion codes, opened by a deep link or typed: their application, and the refusals."""

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
    """Filter for messages that consist of an existing promotion's code."""

    async def __call__(self, message: Message, promotion_desk: "PromotionDesk") -> bool | dict[str, Any]:
        """Return the code, or False for any other message. See aiogram's filters."""
        link, typed = _LINK.fullmatch(message.text or ""), typed_code(message.text or "")
        code = link["promotion"] if link is not None else typed.text if typed is not None else None
        return {"promotion": code} if code is not None and await promotion_desk.exists(code) else False


class MisspelledFilter(Filter):
    """Filter for messages that look like a code but are none."""

    async def __call__(self, message: Message, promotion_desk: "PromotionDesk") -> bool | dict[str, Any]:
        """Return the misspelled code, or False for any other message. See aiogram's filters."""
        code = None if is_nod(message) else await promotion_desk.misspelled(message.text or "")
        return {"code": code} if code is not None else False


@dataclass(frozen=True)
class PromotionDesk:
    """Use cases of promotion codes: the application of a code, and the plans with their new price."""

    claim_promotion: ClaimPromotion
    browse_plans: BrowsePlans
    show_offers: ShowOffers
    show_deals: ShowDeals

    async def exists(self, code: str) -> bool:
        """Return True if a promotion with this code exists."""
        return await self.claim_promotion.exists(code)

    async def screen(self, customer: Customer, t: Texts, code: str) -> Screen:
        """Apply a code and return its offers, or its refusal."""
        claim = await self.claim_promotion(customer.telegram_id, code)
        if isinstance(claim, PromotionRefusal):
            return await self.refusal(customer, t, claim, code)
        mine: Sequence[PlanView] = await self.show_offers(customer.telegram_id)
        if claim.soft_id is not None:
            # The promotion's own plan may be hidden from customers without the code.
            mine = [plan for plan in await self.browse_plans.all() if plan.soft_id == claim.soft_id]
        return screens.claim(t, claim, await self.show_deals(customer.telegram_id, mine))

    async def misspelled(self, text: str) -> str | None:
        """Return the misspelled code of a message, or None for any other message."""
        typed = typed_code(text)
        if typed is None or not (typed.is_certain or await self.claim_promotion.is_misspelled(typed.text)):
            return None
        return typed.text

    async def refusal(self, customer: Customer, t: Texts, reason: PromotionRefusal, code: str) -> Screen:
        """Return the reason why a code does not apply, with a button back to the current purchase."""
        buying = await self.claim_promotion.plan_being_bought(customer.telegram_id)
        return screens.refusal(t, reason, clean_code(code), buying)


def promotions_router() -> Router:
    """Return the router of typed promotion codes. Codes in deep links arrive with /start."""
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
        # A staff member's message may be a draft.
        raise SkipHandler
    await show(message, await promotion_desk.refusal(customer, t, PromotionRefusal.UNKNOWN, code), bot)


async def _in_peace(
    callback: CallbackQuery, customer: Customer, t: Texts, bot: Bot, leave_in_peace: LeaveInPeace
) -> None:
    quiet = callback.data == callbacks.NO_OFFERS
    await leave_in_peace(customer.telegram_id, quiet=quiet)
    await show(callback, screens.in_peace(t, quiet=quiet), bot)
