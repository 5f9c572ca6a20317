"""Card of a plan, shown after each of the plan's commands."""

from uuid import UUID

from bot.feature import buttons_of_plan
from bot.panel.visit import Stale, Visit
from bot.screens import Screen
from bot.screens.panel.catalog import offer as screens
from subscriptions.application.views import plan_texts
from subscriptions.domain.entities.service_plan import ServicePlan


async def plan_of(visit: Visit, plan_id: UUID) -> ServicePlan:
    """Return a plan. Raises Stale if the plan does not exist."""
    service_plan = await visit.use.pricing().get_plan_by_id(plan_id)
    if service_plan is None:
        raise Stale("no such plan")
    return service_plan


async def plans_shown(visit: Visit, note: str | None = None) -> Screen:
    """Show all plans, including inactive ones. note: result of the previous command."""
    service_plans = await visit.use.pricing().get_all_plans(active_only=False)
    missing = await visit.use.browse_plans().missing([plan for plan in service_plans if plan.active])
    unsold = {plan_id for plan_id, names in missing.items() if names}
    return screens.plans(visit.t, service_plans, visit.role, note, unsold=unsold)


async def show_after(visit: Visit, plan_id: UUID, note: str) -> Screen:
    """Show a plan, or the list of plans if the plan no longer exists. note: result of the previous command."""
    item = await visit.use.pricing().get_plan_by_id(plan_id)
    return await show(visit, item, note) if item is not None else await plans_shown(visit, note)


async def titles_shown(visit: Visit) -> plan_texts.Titles:
    """Return the titles of plans and of their resources."""
    plans = await visit.use.pricing().get_all_plans(active_only=False)
    return plan_texts.titles_of(visit.t, plans, await visit.use.browse_plans().openable())


async def show(visit: Visit, item: ServicePlan, note: str | None = None) -> Screen:
    """Show the card of a plan. note: result of the previous command."""
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
        of_features=visit.use.plan_commands(),
        names=await visit.names(item.created_by, item.updated_by),
        first=buttons_of_plan(visit, item),
    )
