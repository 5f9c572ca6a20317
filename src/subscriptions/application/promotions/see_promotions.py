"""Promotion codes as the operator's people see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.activation_token import deep_link
from subscriptions.domain.entities.promotion import LINK, Promotion, PromotionFigures
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PromotionId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True, kw_only=True)
class PromotionCard:
    """One promotion as staff sees it. plan: the one it is for, None = every one. link: what to hand over, None before
    the bot has a name.
    """

    promotion: Promotion
    plan: ServicePlan | None
    figures: PromotionFigures
    link: str | None


@dataclass(frozen=True)
class SeePromotions:
    """Lists them. Each raises NotAllowed."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(StaffAction.SEE_PROMOTIONS)
    async def newest(self, uow: UnitOfWork, *, limit: int, offset: int = 0) -> Sequence[PromotionCard]:
        """The newest first. Raises NotAllowed."""
        figures = await uow.promotions.figures()
        return [await _card(uow, each, figures) for each in await uow.promotions.newest(limit=limit, offset=offset)]

    @reads(StaffAction.SEE_PROMOTIONS)
    async def one(self, uow: UnitOfWork, promotion_id: PromotionId) -> PromotionCard | None:
        """By our id. Raises NotAllowed."""
        promotion = await uow.promotions.get(promotion_id)
        return await _card(uow, promotion, await uow.promotions.figures()) if promotion is not None else None


async def _card(uow: UnitOfWork, promotion: Promotion, all_figures: Sequence[PromotionFigures]) -> PromotionCard:
    plan = await uow.plans.get(promotion.plan_id) if promotion.plan_id is not None else None
    promotion_figures = [figures for figures in all_figures if figures.promotion_id == promotion.id]
    none = PromotionFigures(promotion_id=promotion.id, claims=0, used=0)
    username = await uow.variables.get(BOT_USERNAME)
    link = deep_link(username, f"{LINK}{promotion.code}") if username is not None else None
    return PromotionCard(
        promotion=promotion, plan=plan, figures=promotion_figures[0] if promotion_figures else none, link=link
    )
