"""Plans: seen, switched, deleted."""

from collections.abc import Mapping
from typing import Final

from bot.panel.pages.catalog.plan_card import plan_of, show
from bot.panel.pages.staff.commands import press
from bot.panel.pages.staff.file_form import file_form, file_page
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from bot.screens.panel.catalog import offer as screens
from subscriptions.application.catalog.change_plan import (
    ActivatePlan,
    DeletePlan,
    HonourCodes,
    RefuseCodes,
    WithdrawPlan,
)
from subscriptions.application.catalog.plan_files import ImportPlans
from subscriptions.domain.services.staff_policy import StaffAction


async def plans(visit: Visit) -> Screen:
    """Those switched off too."""
    return await plans_shown(visit)


async def plans_shown(visit: Visit, note: str | None = None) -> Screen:
    """All of them. note: of what was just done."""
    service_plans = await visit.use.pricing().get_all_plans(active_only=False)
    return screens.plans(visit.t, service_plans, visit.role, note)


async def plan(visit: Visit) -> Screen:
    """One of them."""
    return await show(visit, await plan_of(visit, visit.id()))


async def _next_page(visit: Visit, note: str) -> Screen:
    """The plan as it is now, the list where it is gone."""
    item = await visit.use.pricing().get_plan_by_id(visit.id())
    return await show(visit, item, note) if item is not None else await plans_shown(visit, note)


async def delete(visit: Visit) -> Screen:
    """Ask for a second tap."""
    return screens.delete(visit.t, await plan_of(visit, visit.id()))


async def _delete(visit: Visit, note: str) -> Screen:
    """The list, or why not, and what to do instead."""
    service_plan = await visit.use.pricing().get_plan_by_id(visit.id())
    return screens.in_use(visit.t, service_plan) if service_plan is not None else await plans_shown(visit, note)


IMPORT: Final = file_form(ImportPlans, "plans", plans_shown)
FORMS: Final = (IMPORT,)
PAGES: Final[Mapping[str, Page]] = {
    "plans": Page(StaffAction.SEE_PLANS, plans),
    "plan": Page(StaffAction.SEE_PLANS, plan),
    "plan.file": file_page(IMPORT),
    "plan.on": press(ActivatePlan, _next_page),
    "plan.off": press(WithdrawPlan, _next_page),
    "plan.honour": press(HonourCodes, _next_page),
    "plan.refuse": press(RefuseCodes, _next_page),
    "plan.del": Page(StaffAction.CHANGE_PLANS, delete),
    "plan.del2": press(DeletePlan, _delete),
}
