"""What plans open: the list, and one of them with what can be done to it."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.resources import resources as screens
from subscriptions.application.lists.read_lists import View
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.services.staff_policy import StaffAction

RESOURCES: Final = "resources"
PAGE: Final = 8
MOST: Final = 200
"""What comes after those is found in the console."""


async def resources(visit: Visit) -> Screen:
    """The newest first."""
    page, rows = visit.number(), await _rows(visit)
    page_rows = rows[page * PAGE : (page + 1) * PAGE]
    if page and not page_rows:
        raise Stale("no such page")
    return screens.resources(visit.t, page_rows, page, len(rows) > (page + 1) * PAGE, visit.role)


async def resource(visit: Visit) -> Screen:
    """One of them."""
    return await resource_shown(visit, str(visit.id()))


async def resource_shown(visit: Visit, subject_id: str, note: str | None = None) -> Screen:
    """One of them, or the list where it is gone. note: what was just done."""
    rows = await _rows(visit)
    row = next((each for each in rows if str(each["id"]) == subject_id), None)
    if row is None:
        return screens.resources(visit.t, rows[:PAGE], 0, len(rows) > PAGE, visit.role, note)
    return screens.resource(visit.t, row, visit.role, note)


async def _rows(visit: Visit) -> screens.Rows:
    model = LISTS["resources"]
    view = View(model=model, sort=model.sort, filters={}, zone=UTC)
    return (await visit.use.lists()(visit.who, view, MOST)).rows


PAGES: Final[Mapping[str, Page]] = {
    RESOURCES: Page(StaffAction.CHANGE_RESOURCES, resources),
    "resource": Page(StaffAction.CHANGE_RESOURCES, resource),
}
