"""The card of a plan, to which what is done to it leads back."""

from uuid import UUID

from bot.panel.visit import Stale, Visit
from bot.screens import Screen
from bot.screens.panel.catalog import offer as screens
from subscriptions.application.views import told_offer
from subscriptions.domain.entities.service_plan import ServicePlan


async def plan_of(visit: Visit, plan_id: UUID) -> ServicePlan:
    """Raises Stale where there is none."""
    service_plan = await visit.use.pricing().get_plan_by_id(plan_id)
    if service_plan is None:
        raise Stale("no such plan")
    return service_plan


async def show(visit: Visit, item: ServicePlan, note: str | None = None) -> Screen:
    """One of them, as it is now. note: of what was just done."""
    me = await visit.bot.me()
    titles = {
        each.soft_id: told_offer.resource_title(visit.t, each) for each in await visit.use.browse_plans().openable()
    }
    return screens.plan(
        visit.t,
        item,
        visit.role,
        note,
        bot=me.username or "",
        opens=[titles.get(soft_id, soft_id) for soft_id in item.opens],
        sells_tips=visit.use.sells_tips(),
    )
