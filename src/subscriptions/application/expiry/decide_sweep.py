"""Sweeps as they go on: concluded by the clock, decided by owners, taken back within a day."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.dto.expiry_jobs import RestoreSwept
from subscriptions.application.expiry.owner_questions import ASK_AGAIN, asked_about, let_go, people_in, settle, turn
from subscriptions.domain.entities.sweep import (
    Sweep,
    SweepAnswer,
    SweepDecision,
    SweepStatus,
    SweepStep,
    Swept,
    SweptState,
)
from subscriptions.domain.ids import SweepId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

log = structlog.get_logger(__name__)

UNDO_FOR: Final = timedelta(hours=24)
"""How long a sweep that an owner let go can be taken back."""


class SweepDone(AlarmKind):
    """A removal of many was let go. until: so long it can be taken back, as a moment to be read."""

    name = "sweep_done"
    closes = ByCheck(alarm_causes.sweep_final)
    sweep: str
    people: int
    until: str


class Word(StrEnum):
    """What came of an owner's word. said_before: the first word counts. asked_anew: a later question took its place.
    too_late: it can be taken back no more. unknown: there is no such sweep."""

    GOING_ON = "going_on"
    LEFT_IN = "left_in"
    UNDONE = "undone"
    SAID_BEFORE = "said_before"
    ASKED_ANEW = "asked_anew"
    TOO_LATE = "too_late"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Decided:
    """people: how many persons it is about."""

    word: Word
    people: int = 0


class SettleSweeps:
    """Concludes the sweeps that have asked every provider."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self) -> int:
        """How many were concluded. Repeating it, or running it twice at once, changes nothing."""
        async with self._units() as uow:
            gathering = await uow.sweeps.with_status(SweepStatus.GATHERING)
        concluded = 0
        for known_sweep in gathering:
            async with self._units() as uow:
                sweep = await uow.sweeps.get(known_sweep.id, lock=True)
                if sweep is None or sweep.status is not SweepStatus.GATHERING:
                    continue
                concluded += await settle(uow, sweep, self._clock.now())
                await uow.commit()
        return concluded


class DecideSweep:
    """An owner answers the question of a sweep: go on, or leave them in. The caller has seen that it is an owner."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, sweep_id: SweepId, owner: TelegramId, *, go_on: bool) -> Decided:
        """Once per sweep, whoever says it first."""
        answer, now = SweepAnswer.GO_ON if go_on else SweepAnswer.LEAVE_IN, self._clock.now()
        async with self._units() as uow:
            sweep = await uow.sweeps.get(sweep_id, lock=True)
            if sweep is None:
                return Decided(Word.UNKNOWN)
            abouts = asked_about(await uow.sweeps.swept(sweep_id))
            if sweep.status is SweepStatus.ASKING and not abouts:
                return Decided(Word.ASKED_ANEW)
            decision = SweepDecision(sweep_id=sweep_id, step=SweepStep.ANSWER, answer=answer, by=owner, at=now)
            if sweep.status is not SweepStatus.ASKING or not await uow.sweeps.decide(decision):
                return Decided(Word.SAID_BEFORE)
            await self._carry_out(uow, sweep, abouts, decision)
            await uow.commit()
        return Decided(Word.GOING_ON if go_on else Word.LEFT_IN, people_in(abouts))

    async def _carry_out(self, uow: UnitOfWork, sweep: Sweep, waiting: list[Swept], decision: SweepDecision) -> None:
        sweep.status = SweepStatus.DECIDED
        people = str(people_in(waiting))
        if decision.answer is SweepAnswer.GO_ON:
            sweep.undo_until = decision.at + UNDO_FOR
            await let_go(uow, waiting)
            alarm = SweepDone(sweep=sweep.id.hex, people=people_in(waiting), until=sweep.undo_until.isoformat())
            uow.record(alarm.raised(f"sweep_done:{sweep.id}", decision.at))
        else:
            sweep.ask_again_at = decision.at + ASK_AGAIN
            await turn(uow, waiting, SweptState.STAYS)
        await uow.sweeps.save(sweep)
        await uow.audit.record(
            actor=str(decision.by),
            action=f"sweep.{decision.answer}",
            subject=str(sweep.id),
            why="an owner's word",
            at=decision.at,
            facts={"people": people},
        )
        log.info("sweep decided", sweep=str(sweep.id), answer=str(decision.answer), people=people, by=decision.by)


class UndoSweep:
    """An owner takes back a sweep they let go: everybody it removed gets a way back in."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def __call__(self, sweep_id: SweepId, owner: TelegramId) -> Decided:
        """Once per sweep. Who is not removed yet stays; each of the others comes back by a job of their own."""
        now = self._clock.now()
        async with self._units() as uow:
            sweep = await uow.sweeps.get(sweep_id, lock=True)
            if sweep is None or sweep.undo_until is None:
                return Decided(Word.UNKNOWN)
            if now >= sweep.undo_until:
                return Decided(Word.TOO_LATE)
            decision = SweepDecision(sweep_id=sweep_id, step=SweepStep.UNDO, answer=SweepAnswer.UNDO, by=owner, at=now)
            if not await uow.sweeps.decide(decision):
                return Decided(Word.SAID_BEFORE)
            gone = await self._call_back(uow, sweep, decision)
            await uow.commit()
        log.info("sweep undone", sweep=str(sweep_id), people=gone, by=owner)
        return Decided(Word.UNDONE, gone)

    async def _call_back(self, uow: UnitOfWork, sweep: Sweep, decision: SweepDecision) -> int:
        cases = await uow.sweeps.swept(sweep.id)
        under_way = [case for case in cases if case.state is SweptState.GOING]
        back = [case for case in cases if case.state in {SweptState.GOING, SweptState.REMOVED}]
        sweep.ask_again_at = decision.at + ASK_AGAIN
        await uow.sweeps.save(sweep)
        await turn(uow, under_way, SweptState.STAYS)
        for case in back:
            job = RestoreSwept(sweep_id=sweep.id, subscription_id=case.subscription_id)
            await uow.enqueue(job.once(f"{sweep.id}:{case.subscription_id}"))
        await uow.audit.record(
            actor=str(decision.by),
            action="sweep.undone",
            subject=str(sweep.id),
            why="an owner's word",
            at=decision.at,
            facts={"people": str(people_in(back))},
        )
        return people_in(back)
