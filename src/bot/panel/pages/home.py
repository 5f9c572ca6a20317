"""Start page of the panel, its menu sections, and the end of console sessions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.feature import ChatPart, home_buttons, menu_entries
from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel import home as screens
from bot.screens.panel.frame import UP
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.services.staff_policy import StaffAction


async def home(visit: Visit, note: str | None = None) -> Screen:
    """Show the menu sections that the staff member's role permits. note: result of the previous command."""
    if visit.role is None:
        raise Stale("no role")
    alarms = await visit.use.alarms().count()
    by_hand = visit.use.awaited_payments().is_offered()
    return screens.home(
        visit.t,
        visit.use.policy().brand,
        visit.role,
        alarms,
        by_hand=by_hand,
        first=home_buttons(visit),
        of_features=_of_features(visit),
        note=note,
    )


def page_titled(visit: Visit, role: Role, words: str) -> str | None:
    """Return the callback data of the page or section that the text names and that the role may open; None if there is
    no such page.
    """
    by_hand = visit.use.awaited_payments().is_offered()
    return screens.titled(visit.t, role, words, by_hand=by_hand, of_features=_of_features(visit))


async def menu(visit: Visit) -> Screen:
    """Show the pages of one menu section."""
    if visit.role is None or visit.part() not in set(MenuSection):
        raise Stale("no such section")
    section, by_hand = MenuSection(visit.part()), visit.use.awaited_payments().is_offered()
    screen = screens.menu(visit.t, visit.role, section, by_hand=by_hand, of_features=_of_features(visit))
    if screen is None:
        raise Stale("nothing in this section")
    return screen


async def up(visit: Visit) -> Screen:
    """Show the menu section that contains a page, or the start page if the section has no other page."""
    of_features, by_hand = _of_features(visit), visit.use.awaited_payments().is_offered()
    section = screens.section_of(visit.part(), visit.role, by_hand=by_hand, of_features=of_features)
    return await (home(visit) if section is None else menu(replace(visit, parts=(section,))))


def _of_features(visit: Visit) -> screens.Entries:
    return menu_entries(visit.t, visit.use.core.features().named_parts(ChatPart))


async def end_visits(visit: Visit) -> Screen:
    """End one or all console sessions of the staff member, and show the remaining ones."""
    console = visit.use.enter_console()
    await console.end(visit.who, visit.part())
    return screens.visits(visit.t, await console.visits(visit.who))


PAGES: Final[Mapping[str, Page]] = {
    "home": Page(StaffAction.OPEN_PANEL, home),
    UP: Page(StaffAction.OPEN_PANEL, up),
    screens.MENU: Page(StaffAction.OPEN_PANEL, menu),
    screens.END_VISITS: Page(StaffAction.OPEN_CONSOLE, end_visits),
}
