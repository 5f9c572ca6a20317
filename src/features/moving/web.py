"""Console page of the chat members without a plan."""

from collections.abc import Mapping
from typing import Any, Final

from features.moving.wiring import MovingContainer
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Page, Visit
from web.feature import WebPart


async def members(visit: Visit) -> Mapping[str, Any]:
    """Show the known members of each chat who have no plan."""
    return {"chats": await MovingContainer(core=visit.use.core).see_members().chats(visit.who)}


WEB: Final = WebPart(
    pages=(Page("moving", "/moving", "moving.html", StaffAction.GRANT_PLAN, members, MenuSection.CHATS),)
)
