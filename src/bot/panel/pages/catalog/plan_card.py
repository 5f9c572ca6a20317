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


async def plans_shown(visit: Visit, note: str | None = None) -> Screen:
    """All of them, those switched off too. note: of what was just done."""
    service_plans = await visit.use.pricing().get_all_plans(active_only=False)
    missing = await visit.use.browse_plans().missing([plan for plan in service_plans if plan.active])
    unsold = {plan_id for plan_id, names in missing.items() if names}
    return screens.plans(visit.t, service_plans, visit.role, note, unsold=unsold)


async def show_after(visit: Visit, plan_id: UUID, note: str) -> Screen:
    """The plan as it is now, the list where it is gone. note: of what was just done."""
    item = await visit.use.pricing().get_plan_by_id(plan_id)
    return await show(visit, item, note) if item is not None else await plans_shown(visit, note)


async def titles_shown(visit: Visit) -> told_offer.Titles:
    """What plans, and what they open, are called."""
    plans = await visit.use.pricing().get_all_plans(active_only=False)
    return told_offer.titles_of(visit.t, plans, await visit.use.browse_plans().openable())


async def show(visit: Visit, item: ServicePlan, note: str | None = None) -> Screen:
    """One of them, as it is now. note: of what was just done."""
    me = await visit.bot.me()
    missing = (await visit.use.browse_plans().missing([item]))[item.id] if item.active else ()
    return screens.plan(
        visit.t,
        item,
        visit.role,
        note,
        bot=me.username or "",
        titles=await titles_shown(visit),
        missing=missing,
        sells_tips=visit.use.sells_tips(),
        names=await visit.names(item.created_by, item.updated_by),
    )
