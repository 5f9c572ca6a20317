"""Panel pages of plans: the list, the card, and the import from a file."""

from collections.abc import Mapping
from typing import Final

from bot.panel.pages.catalog.plan_card import plan_of, plans_shown, show
from bot.panel.pages.staff.file_form import file_form, file_page
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from subscriptions.application.catalog.plan_files import ImportPlans
from subscriptions.domain.services.staff_policy import StaffAction


async def plans(visit: Visit) -> Screen:
    """Show all plans, including inactive ones."""
    return await plans_shown(visit)


async def plan(visit: Visit) -> Screen:
    """Show one plan."""
    return await show(visit, await plan_of(visit, visit.id()))


IMPORT: Final = file_form(ImportPlans, "plans", plans_shown)
FORMS: Final = (IMPORT,)
PAGES: Final[Mapping[str, Page]] = {
    "plans": Page(StaffAction.SEE_PLANS, plans),
    "plan": Page(StaffAction.SEE_PLANS, plan),
    "plan.file": file_page(IMPORT),
}
