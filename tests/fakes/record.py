"""Records of plans in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from subscriptions.domain.entities.pick import Pick
from subscriptions.domain.entities.record import EntryKind, RecordEntry, WithdrawnRule
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PickId, PlanId
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.domain.services.tip_history import TipHistory
from tests.fakes.memory import Rows, Working


class MemoryRecord:
    """RecordRepository. Units of work in memory go one after the other, so a chain needs no lock."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._rows: Rows[RecordEntry] = Rows(
            working,
            "record_entries",
            lambda entry: (entry.plan_id, entry.number),
            {
                "one_tip_per_pick": lambda entry: entry.tip_id if entry.kind is EntryKind.PUBLISHED else None,
                "one_settlement_per_tip": lambda entry: entry.tip_id if entry.kind is EntryKind.SETTLED else None,
            },
        )
        self._rules: Rows[tuple[PlanId, WithdrawnRule]] = Rows(working, "record_rules", lambda rule: rule[0])

    async def rule(self, plan_id: PlanId) -> WithdrawnRule:
        chosen = self._rules.one(lambda rule: rule[0] == plan_id)
        return chosen[1] if chosen is not None else WithdrawnRule.VOID

    async def choose_rule(self, plan_id: PlanId, rule: WithdrawnRule) -> None:
        if await self.head(plan_id) is not None:
            raise IntegrityError("record_rules", plan_id, Exception("how it counts withdrawn tips is fixed"))
        self._rules.save((plan_id, rule))

    async def head(self, plan_id: PlanId, *, lock: bool = False) -> RecordEntry | None:
        found = await self.entries(plan_id)
        return found[-1] if found else None

    async def add(self, entry: RecordEntry) -> None:
        if not self._rows.add_if_new(entry):
            raise RetryLater("somebody else wrote into this record at the same moment")

    async def entries(self, plan_id: PlanId, after: int = 0, before: int | None = None) -> Sequence[RecordEntry]:
        return self._rows.many(
            lambda entry: entry.plan_id == plan_id and after < entry.number < (before or entry.number + 1),
            order=lambda entry: entry.number,
        )

    async def of_tip(self, tip_id: PickId) -> Sequence[RecordEntry]:
        return self._rows.many(lambda entry: entry.tip_id == tip_id, order=lambda entry: entry.number)

    async def plans(self) -> Sequence[PlanId]:
        firsts = self._rows.many(lambda entry: entry.number == 1, order=lambda entry: (entry.at, entry.plan_id))
        return [entry.plan_id for entry in firsts]

    async def published(self, plan_id: PlanId) -> Mapping[PickId, int]:
        picks: Rows[Pick] = Rows(self._working, "picks", lambda pick: pick.id)
        tips = [pick for pick in picks.all() if pick.plan_id == plan_id and pick.deadline is not None]
        return {pick.id: pick.revision for pick in tips}

    async def settlements(self) -> Mapping[PickId, int]:
        acts = {StaffAction.SETTLE_TIP, StaffAction.CORRECT_RESULT}
        lines = [line for line in self._working.tables.get("audit_log", ()) if line.action in acts]
        return Counter(PickId(UUID(line.subject)) for line in lines)

    async def unsettled(self, before: datetime) -> int:
        tips = {entry.tip_id: TipHistory(entry.tip_id, await self.of_tip(entry.tip_id)) for entry in self._rows.all()}
        return sum(
            1
            for tip in tips.values()
            if tip.settlement is None and not tip.withdrawn_in_time and tip.facts.starts_at < before
        )
