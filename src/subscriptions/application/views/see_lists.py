"""The console's lists: found, filtered, sorted and turned over page by page, by who may see them."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.views import Lists, Row, Wanted
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 50
FOUND_AT_MOST: Final = 30
FILTER_LIMIT: Final = 100
EXPORT_STEP: Final = 1000
DAYS: Final = frozenset({"since", "until"})
"""Filters that are days, the second one included."""

SEEN_BY: Final[Mapping[str, StaffAction]] = {
    "customers": StaffAction.SEE_CUSTOMERS,
    "subscriptions": StaffAction.SEE_CUSTOMERS,
    "payments": StaffAction.SEE_CUSTOMERS,
    "channels": StaffAction.SEE_CUSTOMERS,
    "messages": StaffAction.SEE_CUSTOMERS,
    "codes": StaffAction.SEE_TOKENS,
    "plans": StaffAction.SEE_PLANS,
    "alarms": StaffAction.SEE_ALARMS,
    "accounts": StaffAction.SEE_ACCOUNTS,
    "jobs": StaffAction.SEE_WORK,
    "webhooks": StaffAction.SEE_WORK,
    "audit": StaffAction.SEE_AUDIT,
}
"""Each list, with what one must be allowed to."""


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """Part of a list. following: asks for what comes behind it, None where nothing does."""

    rows: Sequence[Row]
    following: str | None


@dataclass(frozen=True, kw_only=True)
class View:
    """A list as somebody wants to see it. filters: those that are empty count as none; days begin
    at midnight in `zone`. page: what `following` said."""

    name: str
    sort: str
    down: bool = True
    filters: Mapping[str, str]
    zone: tzinfo
    page: str = ""


class SeeLists:
    """Every question raises NotAllowed; RetryLater where the database does not answer."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk, lists: Lists, clock: Clock) -> None:
        self._units = units
        self._staff_desk = staff_desk
        self._lists = lists
        self._clock = clock

    async def __call__(self, actor: TelegramId, view: View) -> ListPage:
        """A page of it. Raises InvalidInput for a filter or a page that cannot be read."""
        await self._allowed(actor, SEEN_BY[view.name])
        return await self._page(view, PAGE)

    async def all(self, actor: TelegramId, view: View) -> AsyncIterator[Sequence[Row]]:
        """All of it, piece by piece, for a file; written down first. Raises as the call does, before any piece."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, SEEN_BY[view.name])
            staff = await self._staff_desk.require(uow, actor, StaffAction.EXPORT)
            wanted = {f"filter_{name}": value for name, value in view.filters.items() if value}
            await self._staff_desk.note(
                uow, staff, StaffAction.EXPORT, view.name, "as CSV", self._clock.now(), **wanted
            )
            first = await self._page(view, EXPORT_STEP)
            await uow.commit()
        return self._pieces(view, first)

    async def search(self, actor: TelegramId, words: str) -> Sequence[Row]:
        """Customers by a number, a name, an order, a receipt, or what a provider calls them or their payment."""
        await self._allowed(actor, StaffAction.SEE_CUSTOMERS)
        cleaned = _clean(words)
        return await self._lists.search(cleaned, FOUND_AT_MOST) if cleaned else ()

    async def standing(self, actor: TelegramId, today: datetime) -> Row:
        """What waits for a person and what today brought. today: when it began."""
        await self._allowed(actor, StaffAction.OPEN_CONSOLE)
        return await self._lists.standing(today, self._clock.now())

    async def _allowed(self, actor: TelegramId, action: StaffAction) -> None:
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, action)

    async def _page(self, view: View, size: int) -> ListPage:
        cleaned = {name: _clean(value) for name, value in view.filters.items()}
        filters = {
            name: _midnight(name, value, view.zone) if name in DAYS else value
            for name, value in cleaned.items()
            if value
        }
        after = _place(view.page) if view.page else None
        wanted = Wanted(filters=filters, sort=view.sort, down=view.down, after=after)
        found = await self._lists.rows(view.name, wanted, size + 1)
        rows = found[:size]
        return ListPage(rows=rows, following=_cursor(rows[-1]) if len(found) > size else None)

    async def _pieces(self, view: View, piece: ListPage) -> AsyncIterator[Sequence[Row]]:
        yield piece.rows
        while piece.following is not None:
            piece = await self._page(replace(view, page=piece.following), EXPORT_STEP)
            yield piece.rows


def _clean(typed: str) -> str:
    printable = "".join(letter for letter in typed if letter.isprintable())
    return printable.encode("utf-8", "ignore").decode().strip()[:FILTER_LIMIT]


def _midnight(name: str, day: str, zone: tzinfo) -> str:
    try:
        found = datetime.combine(date.fromisoformat(day) + timedelta(days=name == "until"), time(), zone)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(name, "is a day: 2026-11-22") from error
    return found.isoformat()


def _cursor(last: Row) -> str:
    return base64.urlsafe_b64encode(json.dumps([last["place"], last["id"]]).encode()).decode().rstrip("=")


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _place(cursor: str) -> tuple[str, str]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    except (ValueError, RecursionError):
        place = None
    match place:
        case [str(value), str(last)] if _storable(value + last):
            return value, last
        case _:
            raise InvalidInput("page", "take it as the page before gave it")
