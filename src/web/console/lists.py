"""Pages that are a list: filters in the address, columns to sort by, page after page, and the same as a file."""

import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from subscriptions.application.payments.list_receipts import plain
from subscriptions.application.views.see_lists import SEEN_BY, View
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import Gone, Page, Visit


@dataclass(frozen=True)
class Column:
    """name: in the row, and its words under `column.{name}`. kind: how it is shown, see `cell` in `_parts.html`.

    sort: the order of the list it stands for. words: the table of words its values have.
    """

    name: str
    kind: str = "text"
    sort: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Filter:
    """name: in the address, and its words under `filter.{name}`. choices: values, which have their words in `words`;
    without any it is typed. kind: `text` or `date`."""

    name: str
    choices: Sequence[str] = ()
    words: str = ""
    kind: str = "text"
    read: Callable[[Visit], Awaitable[Sequence[tuple[str, str]]]] | None = None


@dataclass(frozen=True)
class Listed:
    """A list as the console shows it. sort: by what it begins; offered: the actions at a row; begin: what makes
    another one, and who may."""

    name: str
    columns: Sequence[Column]
    filters: Sequence[Filter]
    sort: str
    down: bool = True
    offered: Callable[[Visit, Row], Sequence[str]] | None = None
    begin: tuple[str, StaffAction] | None = None

    def view(self, visit: Visit) -> View:
        """What the address asks for. Raises Gone for an order there is none of."""
        sort = visit.asked("sort", self.sort)
        if sort not in {self.sort, *(each.sort for each in self.columns if each.sort)}:
            raise Gone("no such order")
        filters = {each.name: visit.asked(each.name) for each in self.filters}
        down = visit.asked("dir", "down" if self.down else "up") != "up"
        return View(name=self.name, sort=sort, down=down, filters=filters, zone=visit.zone, page=visit.asked("page"))


def list_page(listed: Listed, area: str, path: str | None = None) -> Page:
    """The page of a list, for `PAGES`."""

    async def show(visit: Visit) -> Mapping[str, Any]:
        view = listed.view(visit)
        found = await visit.use.lists()(visit.who, view)
        offered = listed.offered
        return {
            "listed": listed,
            "view": view,
            "rows": found.rows,
            "following": visit.address(page=found.following) if found.following else None,
            "choices": {each.name: await choices(visit, each) for each in listed.filters},
            "begin": listed.begin[0] if listed.begin is not None and visit.may(listed.begin[1]) else None,
            "filtered": any(view.filters.values()),
            "offered": (lambda row: offered(visit, row)) if offered is not None else None,
        }

    async def write(visit: Visit) -> tuple[str, AsyncIterator[str]]:
        pieces = await visit.use.lists().all(visit.who, listed.view(visit))
        return f"{listed.name}-{visit.now:%Y-%m-%d}.csv", _lines(listed, pieces)

    return Page(listed.name, path or f"/{listed.name}", "list.html", SEEN_BY[listed.name], show, area, file=write)


async def _lines(listed: Listed, pieces: AsyncIterator[Sequence[Row]]) -> AsyncIterator[str]:
    titles = [title for column in listed.columns for title in _titles(column)]
    yield "\ufeff" + csv_line(["id", *titles])
    async for rows in pieces:
        yield "".join(
            csv_line([row["id"], *(cell for each in listed.columns for cell in _cells(each, row))]) for row in rows
        )


def _titles(column: Column) -> Sequence[str]:
    if column.kind == "marks":
        return ("staff_role", "barred_at", "blocked_at")
    more = {"person": ("telegram_id", "username"), "money": ("currency",)}.get(column.kind, ())
    return (column.name, *(f"{column.name}_{each}" for each in more))


def _cells(column: Column, row: Row) -> Sequence[object]:
    if column.kind == "person":
        return row["first_name"], row["telegram_id"], row["username"]
    if column.kind == "marks":
        return row["staff_role"], row["barred_at"], row["blocked_at"]
    value = row[column.name]
    if column.kind == "money":
        return (value.decimal, value.currency) if isinstance(value, Money) else ("", "")
    if isinstance(value, Money):
        return (value.decimal,)
    if isinstance(value, datetime):
        return (value.isoformat(timespec="seconds"),)
    return (", ".join(map(str, value)) if isinstance(value, list | tuple) else value,)


def csv_line(cells: Sequence[object]) -> str:
    """One line of a file."""
    sheet = StringIO()
    csv.writer(sheet).writerow(["" if each is None else _tame(each) for each in cells])
    return sheet.getvalue()


def _tame(cell: object) -> str:
    """No command for a spreadsheet (owasp.org/www-community/attacks/CSV_Injection); a number stays one."""
    text = str(cell)
    number = text.isascii() and text.lstrip("+-").replace(".", "").isdigit()
    return text if number or not isinstance(cell, str) else plain(text)


async def choices(visit: Visit, question: Filter) -> Sequence[tuple[str, str]]:
    """What a filter may be, with its words."""
    if question.read is not None:
        return await question.read(visit)
    return [(value, visit.words.one_of(question.words or "state", value)) for value in question.choices]


async def plans(visit: Visit) -> Sequence[tuple[str, str]]:
    """Plans to choose from, by soft id."""
    return [(plan.soft_id, plan.label) for plan in await visit.use.pricing().get_all_plans(active_only=False)]
