"""Lists of the panel, read page by page and rendered from the list's declaration and its `PanelList`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Final, TypeVar

from aiogram.types import InlineKeyboardButton

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.lists import PanelList, card_of_row, page_of_list
from subscriptions.application.lists.read_lists import View
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.ports.repositories.views import Row

PAGE_SIZE: Final = 8
T = TypeVar("T")


async def read_page(
    visit: Visit, name: str, number: int, size: int = PAGE_SIZE, **filters: str
) -> tuple[Sequence[Row], bool]:
    """Return a page of a list in its default order, and whether another page follows.

    Raises Stale for a page beyond the last.
    """
    model = LISTS[name]
    view = View(
        model=model,
        sort=model.sort,
        is_descending=model.is_descending,
        filters=filters,
        zone=UTC,
        offset=number * size,
    )
    page = await visit.use.lists()(visit.who, view, size)
    if number and not page.rows:
        raise Stale("no such page")
    return page.rows, page.next_page is not None


def page_part(items: Sequence[T], number: int, size: int = PAGE_SIZE) -> tuple[Sequence[T], bool]:
    """Return a page of items that are already loaded, and whether another page follows. Raises Stale for a page beyond
    the last.
    """
    part = items[number * size : (number + 1) * size]
    if number and not part:
        raise Stale("no such page")
    return part, len(items) > (number + 1) * size


async def show_list(visit: Visit, panel_list: PanelList, note: str = "", number: int = 0) -> Screen:
    """Return a page of a list. note: result of the previous command."""
    rows, more = await read_page(visit, panel_list.name, number)
    model, features = LISTS[panel_list.name], visit.use.core.features()
    offered = replace(model, begin=tuple(name for name in model.begin if features.offers(COMMANDS[name])))
    return page_of_list(visit.t, panel_list, offered, rows, visit.role, note, number, more=more)


async def show_row(
    visit: Visit, panel_list: PanelList, row_id: str, note: str = "", *extra_buttons: InlineKeyboardButton
) -> Screen:
    """Return the card of a row, or the list if the row no longer exists.

    note: result of the previous command. extra_buttons: additional buttons shown once.
    """
    model, features = LISTS[panel_list.name], visit.use.core.features()
    row = await visit.use.lists().row(visit.who, model, row_id) if row_id else None
    if row is None:
        return await show_list(visit, panel_list, note)
    commands = [name for name in model.commands(row) if features.has(COMMANDS[name])]
    offered = replace(model, commands=lambda _: commands)
    return card_of_row(visit.t, panel_list, offered, row, visit.role, note, *extra_buttons)


def list_page(panel_list: PanelList) -> Page:
    """Return the panel page that shows a list."""

    async def show(visit: Visit) -> Screen:
        return await show_list(visit, panel_list, number=visit.number())

    return Page(LISTS[panel_list.name].permission, show)


def row_page(panel_list: PanelList) -> Page:
    """Return the panel page that shows one row."""

    async def show(visit: Visit) -> Screen:
        return await show_row(visit, panel_list, str(visit.id()))

    return Page(LISTS[panel_list.name].permission, show)


def pages_of(panel_list: PanelList) -> Mapping[str, Page]:
    """Return the pages of a list and of its rows, by name."""
    return {panel_list.page: list_page(panel_list), panel_list.card: row_page(panel_list)}
