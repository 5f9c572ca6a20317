"""Check for rows that were deleted, added or changed outside of any use case. A use case that writes recorded rows
writes an audit entry in the same transaction.
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


class RowsAdded(AlarmKind):
    """Alarm: a database login added or changed rows outside of any use case, such as API keys or roles.

    rows: number of rows
    """

    name = "rows_added"
    closes = ByPerson("whether the rows are removed, and their writer can still write, only a person can judge")
    login: str
    table: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class RecordedRows:
    """Rows that one database login wrote in one table. `first` and `last`: numbers of the first and last record."""

    login: str
    table: str
    rows: int
    first: int
    last: int


class RowRecords(Protocol):
    """Log of rows that database logins wrote."""

    async def unexplained(self) -> Sequence[RecordedRows]:
        """Return the rows that are not reported yet and whose transaction wrote no audit entry."""
        ...

    async def note_reported(self, rows: RecordedRows) -> None:
        """Mark rows in the log as reported."""
        ...


@dataclass(frozen=True)
class WatchRows:
    """Job that alerts the owners to rows that no use case wrote: one alarm per login, table and check."""

    units: UnitOfWorkFactory
    clock: Clock
    deletions: RowRecords
    additions: RowRecords

    async def __call__(self) -> None:
        """Report the rows since the previous check. Idempotent. Raises RetryLater."""
        await self._report(self.deletions, RowsDeleted)
        await self._report(self.additions, RowsAdded)

    async def _report(self, records: RowRecords, kind: type[RowsDeleted | RowsAdded]) -> None:
        for each in await records.unexplained():
            alarm = kind(login=each.login, table=each.table, rows=each.rows)
            async with self.units() as uow:
                await raise_once(uow, alarm.raise_event(f"{alarm.name}:{each.table}:{each.first}"), self.clock.now())
                await uow.commit()
            await records.note_reported(each)
            log.warning(
                "rows were written outside of any use case",
                alarm=alarm.name,
                login=each.login,
                table=each.table,
                rows=each.rows,
            )
