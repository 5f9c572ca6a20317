"""Console pages that show a list: filters in the URL, sortable columns, pagination, and the list as a file."""

import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from subscriptions.application.lists.columns import Column, Interface
from subscriptions.application.lists.list_model import Filter, ListModel
from subscriptions.application.lists.read_lists import View
from subscriptions.application.lists.spreadsheet import plain
from subscriptions.application.menu import MenuSection
from subscriptions.application.views.see_lists import COUNTED_TO
from subscriptions.bootstrap.lists import LISTS
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import Unreadable, reading
from subscriptions.domain.ports.repositories.views import Row
from web.console.speaking import ConsoleSpeaker
from web.console.visit import Page, PageGone, Visit

ROW_BUTTONS: Final = 2
"""Maximum number of buttons in a table row. If any row has more, the buttons of every row are shown below that row."""


@dataclass(frozen=True)
class ConsoleList:
    """List as shown in the console."""

    model: ListModel

    @property
    def columns(self) -> Sequence[Column]:
        """Columns of the list that staff sees."""
        return self.model.columns_for(Interface.STAFF)

    @property
    def filters(self) -> Sequence[Filter]:
        """Filters of the list that staff can use."""
        return tuple(self.model.filters_for(Interface.STAFF).values())

    def faults(self, rows: Sequence[Row], visit: Visit) -> Iterator[Unreadable]:
        """Yield an error for each row that cannot be rendered."""
        say = ConsoleSpeaker(visit)
        for row in rows:
            try:
                with reading(self.model.name, row["id"]):
                    for column in self.columns:
                        column.show(row, say)
            except Unreadable as error:
                yield error

    def view(self, visit: Visit) -> View:
        """Return the view of the list that the URL's parameters request. Raises PageGone for an unknown sort column."""
        model = self.model
        sort = model.sorts.get(visit.query("sort", model.sort.name))
        if sort is None:
            raise PageGone("no such order")
        return View(
            model=model,
            sort=sort,
            is_descending=visit.query("dir", "down" if model.is_descending else "up") != "up",
            filters={each.name: visit.query(each.name) for each in self.filters},
            zone=visit.zone,
            page=visit.query("page"),
        )


def list_page(
    name: str,
    section: MenuSection,
    *,
    feature: str = "",
    tab: str = "",
    commands_of: Callable[[Visit, Row], Sequence[str]] | None = None,
    begin: Sequence[tuple[str, Permission]] = (),
    notes: Callable[[Visit, Sequence[Row]], Awaitable[Mapping[str, str]]] | None = None,
) -> Page:
    """Return the page of a list, for `PAGES`.

    feature: name of the feature that declares the list. tab: see `Page`. commands_of: function that returns the names
    of a row's commands; by default, the commands declared by the list. begin: commands, shown only in the console, that
    create a row, with their permissions. notes: function that returns lines to show below rows, keyed by row id.
    """
    console_list = ConsoleList(LISTS[name])

    def offered_commands(visit: Visit, row: Row) -> Sequence[str]:
        return (
            commands_of(visit, row)
            if commands_of is not None
            else _allowed_commands(visit, console_list.model.commands(row))
        )

    async def show(visit: Visit) -> Mapping[str, Any]:
        view = console_list.view(visit)
        page = await visit.use.lists()(visit.who, view)
        for fault in console_list.faults(page.rows, visit):
            await visit.use.lists().skip(fault)
        commands = {row["id"]: offered_commands(visit, row) for row in page.rows}
        whole = not view.page and page.next_page is None
        count = len(page.rows) if whole else await visit.use.lists().count(visit.who, view)
        return {
            "listed": console_list,
            "view": view,
            "rows": page.rows,
            "count": visit.words("frame.rows", n=count)
            if count <= COUNTED_TO
            else visit.words("frame.more_rows", most=visit.words.number(COUNTED_TO)),
            "following": visit.address(page=page.next_page) if page.next_page else None,
            "choices": {each.name: await choices(visit, each) for each in console_list.filters},
            "begin": [
                *(name for name, action in begin if visit.may(action)),
                *_offered_commands(visit, console_list.model.begin),
            ],
            "filtered": any(view.filters.values()),
            "commands": commands if any(commands.values()) else {},
            "below": any(len(each) > ROW_BUTTONS for each in commands.values()),
            "notes": await notes(visit, page.rows) if notes is not None else {},
        }

    async def write(visit: Visit) -> tuple[str, AsyncIterator[str]]:
        pieces = await visit.use.lists().all(visit.who, console_list.view(visit))
        return f"{name}-{visit.now:%Y-%m-%d}.csv", csv_file(console_list.columns, pieces)

    action = console_list.model.permission
    return Page(name, f"/{name}", "list.html", action, show, section, file=write, feature=feature, tab=tab)


def _allowed_commands(visit: Visit, commands: Sequence[str]) -> Sequence[str]:
    features = visit.use.core.features()
    return [name for name in commands if visit.may(COMMANDS[name].permission) and features.has(COMMANDS[name])]


def _offered_commands(visit: Visit, commands: Sequence[str]) -> Sequence[str]:
    return [name for name in _allowed_commands(visit, commands) if visit.use.core.features().offers(COMMANDS[name])]


async def csv_file(columns: Sequence[Column], pieces: AsyncIterator[Sequence[Row]]) -> AsyncIterator[str]:
    """Yield a list as CSV, in parts."""
    yield "\ufeff" + csv_line(["id", *(title for column in columns for title in column.titles())])
    async for rows in pieces:
        yield "".join(csv_line([row["id"], *(cell for each in columns for cell in each.written(row))]) for row in rows)


def csv_line(cells: Sequence[object]) -> str:
    """Return one line of a CSV file."""
    sheet = StringIO()
    csv.writer(sheet).writerow(["" if each is None else _tame(each) for each in cells])
    return sheet.getvalue()


def _tame(cell: object) -> str:
    """Neutralise spreadsheet formulas (owasp.org/www-community/attacks/CSV_Injection); numbers remain unchanged."""
    text = str(cell)
    number = text.isascii() and text.lstrip("+-").replace(".", "").isdigit()
    return text if number or not isinstance(cell, str) else plain(text)


async def choices(visit: Visit, question: Filter) -> Sequence[tuple[str, str]]:
    """Return the choices of a filter with their labels."""
    if question.offers:
        return await _OFFERS[question.offers](visit)
    return [(value, visit.words.one_of(question.words or "state", value)) for value in question.fixed_values]


async def plans(visit: Visit) -> Sequence[tuple[str, str]]:
    """Return the slugs of all plans with their labels."""
    return [(plan.soft_id, plan.label) for plan in await visit.use.pricing().get_all_plans(active_only=False)]


async def providers(visit: Visit) -> Sequence[tuple[str, str]]:
    """Return the codes of the enabled payment providers with their names."""
    return [(code, visit.provider(code)) for code in sorted(visit.use.core.gateways().enabled_names())]


async def tags(visit: Visit) -> Sequence[tuple[str, str]]:
    """Return the tags of customers that are in use."""
    return [(tag, f"#{tag}") for tag in await visit.use.customers().tags(visit.who)]


_OFFERS: Mapping[str, Callable[[Visit], Awaitable[Sequence[tuple[str, str]]]]] = {
    "plans": plans,
    "providers": providers,
    "tags": tags,
}
