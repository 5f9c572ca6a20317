"""Automatic settlement of tips with the results of an external source. If another result was entered before, staff
decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from features.picks.domain import Settlement, TipResult, profit
from features.record.alarms import ResultsDiffer, ResultsRefused
from features.record.commands.settle_tip import SettleTip
from features.record.domain.grading import SLACK, settlement_by
from features.record.domain.record import EntryKind
from features.record.domain.tip_history import TipHistory, settlement_in
from features.record.jobs import FetchResults
from features.record.permissions import SETTLE_TIP
from features.record.ports.records import RECORDS_KEY
from features.record.ports.results_source import ResultsSource
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.dto.typed_answers import REASON_LIMIT
from subscriptions.application.staff.actor import Source
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused, RunCommand
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

_SPACE: Final = UUID("8b1c7f0e-6f0a-5a83-9a55-3f6b7b0d2c41")
MATCH_LENGTH: Final = timedelta(minutes=105)
"""Minimum length of a football match. The result of a match is not fetched earlier."""
LOOK_BACK: Final = timedelta(days=3)
"""Period after the start of an event during which its tips are settled automatically. Staff is reminded of older
unsettled tips and settles them.
"""


@dataclass(frozen=True)
class SettleBySource:
    """Use case that settles tips with an external source of results. Idempotent. source: None if no source is
    configured; staff then settles the tips.
    """

    units: UnitOfWorkFactory
    clock: Clock
    run_command: RunCommand
    source: ResultsSource | None

    async def ask(self) -> None:
        """Queue the job that fetches results, if a source is configured and the event of a tip may be over."""
        if self.source is None or not await self._tips():
            return
        async with self.units() as uow:
            await uow.enqueue(FetchResults().keyed_job(self.source.name))
            await uow.commit()

    async def __call__(self) -> None:
        """Settle the tips for which the source has results. Raises RetryLater."""
        tips = await self._tips()
        if self.source is None or not tips:
            return
        start = min(each.facts.starts_at for each in tips) - SLACK
        try:
            results, alarm = await self.source.results(start, self.clock.now()), None
        except Permanent as error:
            results, alarm = (), ResultsRefused(source=self.source.name, reason=str(error))
        async with self.units() as uow:
            await keep_alarm(uow, ResultsRefused, self.source.name, alarm, self.clock.now())
            await uow.commit()
        for tip in tips:
            settlement = settlement_by(tip.facts, results)
            if settlement is not None:
                await self._settle(self.source, tip, settlement)

    async def _tips(self) -> Sequence[TipHistory]:
        now = self.clock.now()
        async with self.units() as uow:
            tip_ids = await uow.of(RECORDS_KEY).starting_between(now - LOOK_BACK, now - MATCH_LENGTH)
            tips = [TipHistory(tip_id, await uow.of(RECORDS_KEY).of_tip(tip_id)) for tip_id in tip_ids]
            for tip in tips:
                if tip.fault is not None:
                    uow.skip(tip.fault)
        return [each for each in tips if each.fault is None and not each.withdrawn_in_time]

    async def _settle(self, source: ResultsSource, tip: TipHistory, settlement: Settlement) -> None:
        if tip.last_settlement is not None:
            await self._compare(source, tip, settlement)
            return
        answers = {
            "result": settlement.result.value,
            "legs": " ".join(settlement.legs),
            "evidence": settlement.evidence[:REASON_LIMIT],
        }
        operation = uuid5(_SPACE, f"{source.name}:{tip.tip_id}")
        try:
            await self.run_command(Source(source.name, SETTLE_TIP), SettleTip.name, str(tip.tip_id), answers, operation)
        except (InputsRefused, NothingToDo):
            # Another actor settled it first; the next run compares the results.
            return

    async def _compare(self, source: ResultsSource, tip: TipHistory, settlement: Settlement) -> None:
        """Raise an alarm if the source's result differs from the tip's current result, unless the source reported the
        same result before and staff corrected it.
        """
        current, origin = tip.settlement, Source(source.name, SETTLE_TIP).origin
        said_before = [
            settlement_in(each) for each in tip.entries if each.origin == origin and each.kind is EntryKind.SETTLED
        ]
        if current is None or any(_is_same(tip, each, settlement) for each in (current, *said_before)):
            return
        key = f"{ResultsDiffer.name}:{tip.tip_id}:{settlement.result}"
        async with self.units() as uow:
            if await uow.alarms.newest(ResultsDiffer.name, key) is None:
                alarm = ResultsDiffer(
                    tip=tip.facts.event,
                    result=current.result,
                    said=settlement.result,
                    source=source.name,
                    evidence=settlement.evidence,
                )
                uow.record(alarm.raise_event(key, self.clock.now()))
                await uow.commit()


def _is_same(tip: TipHistory, one: Settlement, other: Settlement) -> bool:
    """Return True if both settlements pay out the same. A tip that its author settled as cashed out counts as the same,
    because no source can report a cash-out.
    """
    if one.result is TipResult.CASHED_OUT:
        return True
    void = {one.result is TipResult.VOID, other.result is TipResult.VOID}
    return len(void) == 1 and profit(tip.facts, one) == profit(tip.facts, other)
