"""Plans: seen, switched, deleted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.catalog import offer as screens
from subscriptions.application.catalog.pricing_service import PlanChangedMeanwhile
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.services.staff_policy import StaffAction


async def plans(visit: Visit) -> Screen:
    """All of them."""
    return await _list(visit)


async def _list(visit: Visit, note: str | None = None) -> Screen:
    found = await visit.use.pricing().get_all_plans(active_only=False)
    return screens.plans(visit.t, found, visit.role, note)


async def _plan(visit: Visit, plan_id: UUID) -> ServicePlan:
    found = await visit.use.pricing().get_plan_by_id(plan_id)
    if found is None:
        raise Stale("no such plan")
    return found


async def plan(visit: Visit) -> Screen:
    """One of them."""
    return await shown(visit, await _plan(visit, visit.id()))


async def shown(visit: Visit, item: ServicePlan, note: str | None = None) -> Screen:
    """One of them, as it is now. note: of what was just done."""
    me = await visit.bot.me()
    return screens.plan(visit.t, item, visit.role, note, bot=me.username or "")


async def toggle(visit: Visit) -> Screen:
    """Switch it on or off, unless it is not as it was when the button was shown."""

    async def change() -> ServicePlan | None:
        return await visit.use.pricing().toggle_plan_status(visit.id(), by=visit.who, version=visit.number(1))

    return await _changed(visit, change)


async def honour(visit: Visit) -> Screen:
    """Whether tokens made before still count."""

    async def change() -> ServicePlan | None:
        shown = await _plan(visit, visit.id())
        wanted = not shown.honours_tokens
        return await visit.use.pricing().honour_tokens(visit.id(), wanted, by=visit.who, version=visit.number(1))

    return await _changed(visit, change)


async def _changed(visit: Visit, change: Callable[[], Awaitable[ServicePlan | None]]) -> Screen:
    try:
        done = await change()
    except PlanChangedMeanwhile as other:
        return await meanwhile(visit, other.plan)
    if done is None:
        return await _list(visit, visit.t("offer.gone"))
    return await shown(visit, done, visit.t("offer.done"))


async def meanwhile(visit: Visit, now: ServicePlan) -> Screen:
    """Somebody else was first: the plan as it is now, and nothing done."""
    by = str(now.updated_by or "–")
    return await shown(visit, now, visit.t("offer.meanwhile", by=by))


async def delete(visit: Visit) -> Screen:
    """Ask for a second tap."""
    return screens.delete(visit.t, await _plan(visit, visit.id()))


async def deleted(visit: Visit) -> Screen:
    """Delete it, or say kindly why not."""
    shown = await visit.use.pricing().get_plan_by_id(visit.id())
    if shown is None:
        return await _list(visit, visit.t("offer.gone"))
    if await visit.use.pricing().delete_plan(shown.id, by=visit.who):
        return await _list(visit, visit.t("offer.deleted", plan=shown.label))
    still = await visit.use.pricing().get_plan_by_id(shown.id)
    return screens.in_use(visit.t, still) if still is not None else await _list(visit, visit.t("offer.gone"))


PAGES: Final[Mapping[str, Page]] = {
    "plans": Page(StaffAction.SEE_PLANS, plans),
    "plan": Page(StaffAction.SEE_PLANS, plan),
    "plan.toggle": Page(StaffAction.CHANGE_PLANS, toggle),
    "plan.honour": Page(StaffAction.CHANGE_PLANS, honour),
    "plan.del": Page(StaffAction.CHANGE_PLANS, delete),
    "plan.del2": Page(StaffAction.CHANGE_PLANS, deleted),
}
