"""Tips: those that have no result yet, and those whose result may have to be corrected."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.record import tips as screens
from subscriptions.application.lists.read_lists import View
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.services.staff_policy import StaffAction

TIPS: Final = "tips"
SETTLED_TIPS: Final = "tips.done"
LIVE: Final = "tips.live"
PAGE_SIZE: Final = 8
PAGES_LISTED: Final = 20
"""What comes after those is found in the console."""


async def tips_shown(visit: Visit, note: str | None = None) -> Screen:
    """Those without a result, with what was just done above them."""
    rows, more = await _page_of(visit, "unsettled", 0)
    return screens.tips(visit.t, TIPS, rows, 0, more, visit.role, note)


async def list_unsettled(visit: Visit) -> Screen:
    """Tips that have started and have no result."""
    return await _page(visit, TIPS, "unsettled")


async def list_settled(visit: Visit) -> Screen:
    """Tips with a result, the newest first."""
    return await _page(visit, SETTLED_TIPS, "settled")


async def live(visit: Visit) -> Screen:
    """Tips that have not started."""
    return await _page(visit, LIVE, "live")


async def _page(visit: Visit, name: str, state: str) -> Screen:
    page = visit.number()
    rows, more = await _page_of(visit, state, page)
    if page and not rows:
        raise Stale("no such page")
    return screens.tips(visit.t, name, rows, page, more, visit.role)


async def _page_of(visit: Visit, state: str, page: int) -> tuple[screens.Rows, bool]:
    model = LISTS["tips"]
    view = View(model=model, sort=model.sort, filters={"state": state}, zone=UTC)
    list_page = await visit.use.lists()(visit.who, view, PAGE_SIZE * min(page + 1, PAGES_LISTED))
    return list_page.rows[PAGE_SIZE * page :], list_page.next_page is not None and page + 1 < PAGES_LISTED


PAGES: Final[Mapping[str, Page]] = {
    TIPS: Page(StaffAction.SEE_RECORD, list_unsettled),
    LIVE: Page(StaffAction.SEE_RECORD, live),
    SETTLED_TIPS: Page(StaffAction.SEE_RECORD, list_settled),
}
