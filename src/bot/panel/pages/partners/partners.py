"""Partners: who brings customers, and what each is owed."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final
from uuid import UUID

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.partners import partners as screens
from subscriptions.application.lists.read_lists import View
from subscriptions.bootstrap.lists import LISTS
from subscriptions.domain.services.staff_policy import StaffAction

PARTNERS: Final = "partners"
PARTNER: Final = "partner"
PAGE_SIZE: Final = 8
PAGES_LISTED: Final = 20
"""What comes after those is found in the console."""


async def partners(visit: Visit) -> Screen:
    """Partners, the newest first."""
    page, model = visit.number(), LISTS["partners"]
    view = View(model=model, sort=model.sort, filters={}, zone=UTC)
    list_page = await visit.use.lists()(visit.who, view, PAGE_SIZE * min(page + 1, PAGES_LISTED))
    rows, more = list_page.rows[PAGE_SIZE * page :], list_page.next_page is not None and page + 1 < PAGES_LISTED
    if page and not rows:
        raise Stale("no such page")
    return screens.partners(visit.t, rows, page, more)


async def partner_shown(visit: Visit, partner_id: UUID, note: str | None = None) -> Screen:
    """One partner's statement, with what was just done above it."""
    statement = await visit.use.statements().get_statement(visit.who, partner_id)
    if statement is None:
        raise Stale("no such partner")
    return screens.partner(visit.t, statement, visit.role, note)


async def partner(visit: Visit) -> Screen:
    """One partner's statement."""
    return await partner_shown(visit, visit.id())


PAGES: Final[Mapping[str, Page]] = {
    PARTNERS: Page(StaffAction.SEE_PARTNERS, partners),
    PARTNER: Page(StaffAction.SEE_PARTNERS, partner),
}
