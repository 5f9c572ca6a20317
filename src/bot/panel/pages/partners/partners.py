"""A partner's statement: what brought customers, and what is owed."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.partners import partners as screens
from subscriptions.domain.services.staff_policy import StaffAction

PARTNER: Final = "partner"


async def partner_shown(visit: Visit, partner_id: UUID, note: str | None = None) -> Screen:
    """One partner's statement, with what was just done above it."""
    statement = await visit.use.statements().get_statement(visit.who, partner_id)
    if statement is None:
        raise Stale("no such partner")
    return screens.partner(visit.t, statement, visit.role, note)


async def partner(visit: Visit) -> Screen:
    """One partner's statement."""
    return await partner_shown(visit, visit.id())


PAGES: Final[Mapping[str, Page]] = {PARTNER: Page(StaffAction.SEE_PARTNERS, partner)}
