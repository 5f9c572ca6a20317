"""Records of plans."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from subscriptions.domain.entities.record import RecordEntry
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PickId, PlanId
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import audit_log, picks, record_entries
from subscriptions.infrastructure.repositories.store import TableStore, Unit

ENTRY: Final = RowMapper(RecordEntry)
_CHAIN: Final = 0x7265636F7264
"""Distinguishes the locks of chains from other advisory locks."""


class SqlRecordRepository:
    """RecordRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._entries = TableStore(unit, record_entries, ENTRY)

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        """See the port. The lock is advisory: whoever only adds entries may not write over any row of the chain."""
        if lock:
            key = func.hashtextextended(str(plan_id), _CHAIN)
            await self._unit.connection.execute(select(func.pg_advisory_xact_lock(key)))
        newest = select(record_entries).where(record_entries.c.plan_id == plan_id)
        found_record_entries = await self._entries.all(newest.order_by(record_entries.c.number.desc()).limit(1))
        return found_record_entries[0] if found_record_entries else None

    async def add(self, entry: RecordEntry) -> None:
        """See the port."""
        if not await self._entries.add_if_new(entry):
            raise RetryLater("somebody else wrote into this record at the same moment")

    async def entries(self, plan_id: PlanId, after: int = 0, before: int | None = None) -> Sequence[RecordEntry]:
        """See the port."""
        number = record_entries.c.number
        until = [number < before] if before is not None else []
        return await self._entries.many(number > after, *until, plan_id=plan_id, order=(number,))

    async def of_tip(self, tip_id: PickId) -> Sequence[RecordEntry]:
        """All about one tip, in order."""
        return await self._entries.many(tip_id=tip_id, order=(record_entries.c.number,))

    async def plans(self) -> Sequence[PlanId]:
        """Plans that have a record."""
        columns = record_entries.c
        first = select(columns.plan_id).where(columns.number == 1).order_by(columns.at, columns.plan_id)
        return [PlanId(found) for found in (await self._unit.connection.execute(first)).scalars()]

    async def published(self, plan_id: PlanId) -> Mapping[PickId, int]:
        """See the port."""
        columns = picks.c
        tips = select(columns.id, columns.revision).where(columns.plan_id == plan_id, columns.deadline.is_not(None))
        return {PickId(tip): int(revision) for tip, revision in await self._unit.connection.execute(tips)}

    async def settlements(self) -> Mapping[PickId, int]:
        """See the port."""
        columns = audit_log.c
        acts = (StaffAction.SETTLE_TIP.value, StaffAction.CORRECT_RESULT.value)
        statement = select(columns.subject, func.count()).where(columns.action.in_(acts)).group_by(columns.subject)
        return {PickId(UUID(tip)): int(number) for tip, number in await self._unit.connection.execute(statement)}
