"""The panel's first screen."""

from collections.abc import Mapping
from typing import Final

from bot.feature import loaded_parts
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel import home as screens
from subscriptions.application.menu import MenuSection
from subscriptions.domain.services.staff_policy import StaffAction


async def home(visit: Visit) -> Screen:
    """What this person's role may do."""
    if visit.role is None:
        raise Stale("no role")
    alarms = await visit.use.alarms().count()
    by_hand = visit.use.awaited_payments().is_offered()
    parts = loaded_parts(visit.use.core.features()).values()
    of_features = {
        section: [entry for part in parts for entry in part.panel.entries.get(section, ())] for section in MenuSection
    }
    return screens.home(visit.t, visit.use.policy().brand, visit.role, alarms, by_hand=by_hand, of_features=of_features)


async def end_visits(visit: Visit) -> Screen:
    """End one of one's visits to the console, or all, and show what is left."""
    console = visit.use.enter_console()
    await console.end(visit.who, visit.part())
    return screens.visits(visit.t, await console.visits(visit.who))


PAGES: Final[Mapping[str, Page]] = {
    "home": Page(StaffAction.OPEN_PANEL, home),
    screens.END_VISITS: Page(StaffAction.OPEN_CONSOLE, end_visits),
}
