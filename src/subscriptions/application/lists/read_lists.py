"""Use case that reads lists with filters, sort orders and pages. The caller must have checked the permission."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from uuid import UUID

from subscriptions.application.lists.columns import CARD, Interface, Sort
from subscriptions.application.lists.list_model import ListModel, Lists, Query
from subscriptions.domain.errors import InvalidInput, Unreadable
from subscriptions.domain.ports.repositories.views import Row

FILTER_LIMIT: Final = 100
EXPORT_STEP: Final = 1000


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """Part of a list. `next_page`: cursor of the next page; None on the last page."""

    rows: Sequence[Row]
    next_page: str | None


@dataclass(frozen=True, kw_only=True)
class View:
    """List as requested by a reader, with filters and sort order.

    filters: values, keyed by name; empty values are ignored; days start at midnight in `zone`, and timestamps keep
        their own time zone
    page: cursor from the previous page
    offset: number of rows to skip, for numbered pages
    """

    model: ListModel
    interface: Interface = Interface.STAFF
    sort: Sort
    is_descending: bool = True
    filters: Mapping[str, str]
    zone: tzinfo
    page: str = ""
    offset: int = 0


@dataclass(frozen=True)
class ReadLists:
    """Use case that reads lists. Every method raises InvalidInput for a filter or page that can't be parsed, and
    RetryLater.
    """

    lists: Lists

    async def skip(self, row: Unreadable) -> None:
        """Alert the owners about a row that cannot be read and is omitted from a list."""
        await self.lists.skip(row)

    async def page(self, view: View, size: int) -> ListPage:
        """Return part of a list. `size`: maximum number of rows."""
        rows = await self.lists.rows(view.model, _query(view), size + 1)
        part = rows[:size]
        return ListPage(rows=part, next_page=_cursor(part[-1]) if len(rows) > size else None)

    async def count(self, view: View, limit: int) -> int:
        """Return the total number of rows of the view; counting stops at `limit`."""
        return await self.lists.count(view.model, replace(_query(view), cursor=None), limit)

    async def all(self, view: View) -> AsyncIterator[Sequence[Row]]:
        """Yield the whole list in batches. All errors are raised before the first batch."""
        return self._pieces(view, await self.page(view, EXPORT_STEP))

    async def row(self, model: ListModel, row_id: str) -> Row | None:
        """Return one row as staff see it. Return None if it does not exist."""
        query = Query(interface=CARD, filters={}, sort=model.sort, is_descending=model.is_descending, row=row_id)
        rows = await self.lists.rows(model, query, 1)
        return rows[0] if rows else None

    async def one(self, model: ListModel, number: UUID) -> Mapping[str, object] | None:
        """Return one entry of a list in the form in which webhook events contain it. Return None if it
        does not exist.
        """
        query = Query(
            interface=Interface.EVENTS, filters={"id": str(number)}, sort=model.sort, is_descending=model.is_descending
        )
        rows = await self.lists.rows(model, query, 1)
        return model.to_record(rows[0], Interface.EVENTS) if rows else None

    async def _pieces(self, view: View, piece: ListPage) -> AsyncIterator[Sequence[Row]]:
        yield piece.rows
        while piece.next_page is not None:
            piece = await self.page(replace(view, page=piece.next_page), EXPORT_STEP)
            yield piece.rows


def _query(view: View) -> Query:
    return Query(
        interface=view.interface,
        filters=_filters(view),
        sort=view.sort,
        is_descending=view.is_descending,
        cursor=_cursor_position(view.page) if view.page else None,
        offset=view.offset,
    )


def clean(text: str) -> str:
    """Return a typed text as a search term: printable characters only, without surrounding spaces, and shortened to the
    limit.
    """
    printable = "".join(letter for letter in text if letter.isprintable())
    return printable.encode("utf-8", "ignore").decode().strip()[:FILTER_LIMIT]


def _filters(view: View) -> Mapping[str, str]:
    days = {name for name, each in view.model.filters_for(view.interface).items() if each.kind == "date"}
    values = {name: clean(value) for name, value in view.filters.items()}
    for name, value in view.filters.items():
        if view.interface is not Interface.STAFF and values[name] != value:
            raise InvalidInput(name, "must be printable, without spaces around it")
    return {
        name: _midnight(name, value, view.zone) if name in days and view.interface is Interface.STAFF else value
        for name, value in values.items()
        if value
    }


def _midnight(name: str, day: str, zone: tzinfo) -> str:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=name == "until"), time(), zone).isoformat()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(name, "is a day: 2026-11-22") from error


def _cursor(row: Row) -> str:
    return base64.urlsafe_b64encode(f"{row['place']} {row['tie']}".encode()).decode().rstrip("=")


def _cursor_position(cursor: str) -> tuple[str, str]:
    try:
        position, separator, tie = base64.urlsafe_b64decode(cursor + "==").decode().rpartition(" ")
    except ValueError as error:
        raise InvalidInput("page", "take it as the page before gave it") from error
    if not separator or "\0" in position:
        raise InvalidInput("page", "take it as the page before gave it")
    return position, tie
