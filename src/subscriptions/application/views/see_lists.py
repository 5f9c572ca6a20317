"""Query of lists for staff, each shown only to roles with the list's permission."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.application.lists.list_model import ListModel, Lists
from subscriptions.application.lists.read_lists import ListPage, ReadLists, View, clean
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import Unreadable
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.spans import same_weekdays, usual_takings
from subscriptions.domain.services.staff_policy import StaffAction

PAGE: Final = 50
FOUND_AT_MOST: Final = 30
COUNTED_TO: Final = 1000
"""Maximum number of rows that are counted exactly. A larger list is reported as longer than this, because a full count
takes too long.
"""


class SeeLists:
    """Use case that returns lists. Each method raises NotAllowed if the actor lacks the list's permission, and
    RetryLater if the database does not respond.
    """

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk, lists: Lists, clock: Clock) -> None:
        self.units = units
        self.staff_desk = staff_desk
        self._lists = lists
        self._read_lists = ReadLists(lists)
        self.clock = clock

    async def __call__(self, actor: TelegramId, view: View, size: int = PAGE) -> ListPage:
        """Return a page of a list. Raises InvalidInput for a filter or page that can't be parsed."""
        await self._require(actor, view.model.permission)
        return await self._read_lists.page(view, size)

    async def skip(self, row: Unreadable) -> None:
        """Alert the owners about a row that can't be read."""
        await self._read_lists.skip(row)

    async def row(self, actor: TelegramId, model: ListModel, row_id: str) -> Row | None:
        """Return one row of a list by its `id`. Return None if there is none. Raises InvalidInput for an invalid id."""
        await self._require(actor, model.permission)
        return await self._read_lists.row(model, row_id)

    async def count(self, actor: TelegramId, view: View) -> int:
        """Return the number of rows, at most one more than COUNTED_TO. Raises the same errors as `__call__`."""
        await self._require(actor, view.model.permission)
        return await self._read_lists.count(view, COUNTED_TO + 1)

    async def all(self, actor: TelegramId, view: View) -> AsyncIterator[Sequence[Row]]:
        """Return all rows for a file, in batches, after recording the export. Raises the same errors as `__call__`,
        before the first batch.
        """
        await self._require(actor, view.model.permission)
        await self._require(actor, StaffAction.EXPORT)
        pieces = await self._read_lists.all(view)
        await self.staff_desk.note_export(actor, view.model.name, view.filters)
        return pieces

    @with_permission(StaffAction.SEE_CUSTOMERS)
    async def search(self, _: TelegramId, words: str) -> Sequence[Row]:
        """Return customers found by Telegram id, name, order, receipt, or a provider's reference of the customer or of
        a payment.
        """
        needle = clean(words)
        return await self._lists.search(needle, FOUND_AT_MOST) if needle else ()

    @with_permission(StaffAction.OPEN_CONSOLE)
    async def summary(self, _: TelegramId, day_start: datetime) -> Row:
        """Return the numbers of open tasks and today's statistics. `day_start`: start of today."""
        return await self._lists.summary(day_start, self.clock.now())

    @with_permission(StaffAction.OPEN_CONSOLE)
    async def usual(self, _: TelegramId, zone: ZoneInfo) -> Sequence[Money]:
        """Return the usual revenue of this weekday up to the current hour, in each currency; empty if unknown."""
        return usual_takings(await self._lists.takings(same_weekdays(self.clock.now(), zone)))

    async def _require(self, actor: TelegramId, action: Permission) -> None:
        async with self.units() as uow:
            await self.staff_desk.require(uow, actor, action)
