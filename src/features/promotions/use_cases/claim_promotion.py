"""Claiming of a promotion code: the promotion is reserved for the customer's next purchase."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from subscriptions.application.catalog.deals import left_for, open_orders
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.discount_code import DiscountCode, clean_code, looks_like_discount_code
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks
from subscriptions.domain.services.typed_codes import CLOSE_LENGTH, is_close, letters_of_code

log = structlog.get_logger(__name__)


class PromotionRefusal(StrEnum):
    """Reason why a promotion code is refused.

    - unknown: no promotion has this code
    - over: the promotion has ended or was stopped
    - used: the customer has already used it
    - taken: all uses are taken
    - barred: the customer may not buy
    """

    UNKNOWN = "unknown"
    OVER = "over"
    USED = "used"
    TAKEN = "taken"
    BARRED = "barred"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Claimed promotion. soft_id: slug of the plan that the promotion is for; None for every plan."""

    promotion: DiscountCode
    soft_id: str | None


@dataclass(frozen=True)
class ClaimPromotion:
    """Use case that applies a promotion code to the customer's next purchase, or returns the reason for a refusal.
    Claiming does not use up the promotion; only a payment does.
    """

    units: UnitOfWorkFactory
    clock: Clock
    trial_marks: TrialMarks = NO_MARKS

    async def exists(self, text: str) -> bool:
        """Return True if this is the code of a promotion, whether or not the promotion is running."""
        async with self.units() as uow:
            return await _find(uow, clean_code(text)) is not None

    async def is_misspelled(self, text: str) -> bool:
        """Return True if the text differs only slightly from the code of a promotion."""
        code = clean_code(text)
        async with self.units() as uow:
            codes = await uow.of(DISCOUNTS_KEY).codes(
                shortest=len(code) - CLOSE_LENGTH, longest=len(code) + CLOSE_LENGTH
            )
        return is_close(code, codes)

    async def plan_being_bought(self, telegram_id: TelegramId) -> ServicePlan | None:
        """Return the plan of the customer's newest open order that is not a gift; None if there is no such order."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            mine = [order for order in await uow.orders.open_of(customer.id) if not order.for_another]
            newest = max(mine, key=lambda order: order.created_at, default=None)
            return await uow.plans.get(newest.plan_id) if newest is not None else None

    async def __call__(self, telegram_id: TelegramId, text: str) -> Claim | PromotionRefusal:
        """Claim the code. text: as typed, or from a link. Raises Permanent for a person who never wrote to the bot."""
        code, now = clean_code(text), await self.clock.confirm()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            promotion = await _find(uow, code)
            if promotion is None:
                return PromotionRefusal.UNKNOWN
            refusal = await self._refusal(uow, customer, promotion, now)
            if refusal is not None:
                return refusal
            plan = await uow.plans.get(promotion.plan_id) if promotion.plan_id is not None else None
            await uow.of(DISCOUNTS_KEY).claim(promotion.id, customer.id, now)
            await uow.commit()
        log.info("promotion claimed", code=promotion.code, telegram_id=telegram_id)
        return Claim(promotion=promotion, soft_id=plan.soft_id if plan is not None else None)

    async def _refusal(
        self, uow: UnitOfWork, customer: Customer, promotion: DiscountCode, now: datetime
    ) -> PromotionRefusal | None:
        """Return the reason why a customer cannot claim a promotion; None if they can."""
        if customer.barred_at is not None:
            return PromotionRefusal.BARRED
        if not promotion.is_running(now):
            return PromotionRefusal.OVER
        if promotion.once and await self._used_before(uow, customer.telegram_id, promotion):
            return PromotionRefusal.USED
        if await left_for(uow, promotion, customer.id, now, await open_orders(uow, customer.id)):
            return None
        is_used = promotion.once and await uow.of(DISCOUNTS_KEY).used_by(promotion.id, customer.id)
        return PromotionRefusal.USED if is_used else PromotionRefusal.TAKEN

    async def _used_before(self, uow: UnitOfWork, telegram_id: TelegramId, promotion: DiscountCode) -> bool:
        """Return True if the person already used the promotion as a customer whose data has since been erased."""
        mark = self.trial_marks.mark_of(telegram_id, promotion.id)
        return mark is not None and await uow.personal_data.has_trial_mark(mark)


async def _find(uow: UnitOfWork, code: str) -> DiscountCode | None:
    """Return the promotion with this code; None if there is none. A code that differs only in hyphens is accepted if
    exactly one promotion matches.
    """
    if not looks_like_discount_code(code):
        return None
    promotion = await uow.of(DISCOUNTS_KEY).by_code(code)
    if promotion is not None:
        return promotion
    similar = await uow.of(DISCOUNTS_KEY).by_letters(letters_of_code(code))
    return similar[0] if len(similar) == 1 else None
