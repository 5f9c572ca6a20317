"""Check for rows that were deleted outside of any use case. A use case that deletes recorded rows writes an audit entry
in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByPerson
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class RowsDeleted(AlarmKind):
    """Alarm: a database login deleted rows outside of any use case.

    rows: number of deleted rows
    """

    name = "rows_deleted"
    closes = ByPerson("the deleted rows, and whether their deleter can still write, are not recorded")
    login: str
    table: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """Rows that one database login deleted from one table. `first` and `last`: numbers of the first and last deletion
    record.
    """

    login: str
    table: str
    rows: int
    first: int
    last: int


class Deletions(Protocol):
    """Log of the rows that database logins deleted."""

    async def unexplained(self) -> Sequence[Deletion]:
        """Return the deletions that are not reported yet and whose transaction wrote no audit entry."""
        ...

    async def note_reported(self, deletion: Deletion) -> None:
        """Mark a deletion in the log as reported."""
        ...


@dataclass(frozen=True)
class WatchDeletions:
    """Job that alerts the owners to deletions that no use case made: one alarm per login, table and check."""

    units: UnitOfWorkFactory
    clock: Clock
    deletions: Deletions

    async def __call__(self) -> None:
        """Report the deletions since the previous check. Idempotent. Raises RetryLater."""
        for each in await self.deletions.unexplained():
            alarm = RowsDeleted(login=each.login, table=each.table, rows=each.rows)
            async with self.units() as uow:
                await raise_once(uow, alarm.raise_event(f"{alarm.name}:{each.table}:{each.first}"), self.clock.now())
                await uow.commit()
            await self.deletions.note_reported(each)
            log.warning("rows were deleted outside of any use case", login=each.login, table=each.table, rows=each.rows)
