"""Lists of tips: those without a result, and those whose result may need a correction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.panel.lists import read_page
from bot.panel.visit import Page, Visit
from bot.screens import Screen
from features.record.screens import tips as screens
from subscriptions.bootstrap.lists import LISTS

TIPS: Final = "tips"


async def tips_shown(visit: Visit, note: str | None = None) -> Screen:
    """Show the tips without a result. note: result of the previous command."""
    return await _show(visit, TIPS, 0, note)


async def _show(visit: Visit, name: str, number: int, note: str | None = None) -> Screen:
    rows, more = await read_page(visit, "tips", number, state=screens.STATES[name])
    return screens.tips(visit.t, name, rows, number, more, visit.role, note)


def _page(name: str) -> Callable[[Visit], Awaitable[Screen]]:
    async def show(visit: Visit) -> Screen:
        return await _show(visit, name, visit.number())

    return show


PAGES: Final[Mapping[str, Page]] = {name: Page(LISTS["tips"].permission, _page(name)) for name in screens.STATES}
