"""Owners' decisions about bulk expiries, and the undoing of a bulk expiry within a day."""

from abc import abstractmethod
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.dto.expiry_jobs import RestoreSwept
from subscriptions.application.expiry.owner_questions import ASK_AGAIN, asked_about, let_go, people_in, turn
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.domain.entities.sweep import (
    BY_MACHINE,
    Sweep,
    SweepAnswer,
    SweepDecision,
    SweepEntry,
    SweepStatus,
    SweepStep,
    SweptState,
)
from subscriptions.domain.ids import SweepId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

UNDO_FOR: Final = timedelta(hours=24)
"""Time in which an approved bulk expiry can be undone."""


class SweepDone(AlarmKind):
    """Alarm: a bulk expiry was approved. `until`: time until which the bulk expiry can be undone, as an
    ISO timestamp.
    """

    name = "sweep_done"
    closes = ByCheck(alarm_causes.sweep_final)
    sweep: str
    people: int
    until: str


class DecideSweep(StaffCommand):
    """Base of the staff commands on a bulk expiry. If several owners decide about the same step, the first decision
    counts.
    """

    permission = StaffAction.CONFIRM_SWEEP
    subject = SubjectKind.SWEEP


class AnswerSweep(DecideSweep):
    """Base of the commands that approve or reject a bulk expiry."""

    answer: ClassVar[SweepAnswer]

    async def run(self, act: Act) -> Outcome:
        """Carry out the decision. A question that was superseded by a later question can't be answered."""
        sweep, abouts = await _lock(act)
        if sweep.status is SweepStatus.ASKING and not abouts:
            return Outcome(name="asked_anew")
        if sweep.status is not SweepStatus.ASKING or not await _is_first(act, SweepStep.ANSWER, self.answer):
            return Outcome(name="said_before")
        sweep.status = SweepStatus.DECIDED
        await self.carry_out(act, sweep, abouts)
        await act.uow.sweeps.save(sweep)
        return _outcome(self, sweep, abouts, f"sweep.{self.answer}")

    @abstractmethod
    async def carry_out(self, act: Act, sweep: Sweep, cases: list[SweepEntry]) -> None:
        """Apply the decision to the affected subscriptions."""


class ConfirmSweep(AnswerSweep):
    """Staff command that approves a bulk expiry."""

    name = "confirm_sweep"
    outcomes = ("going_on", "said_before", "asked_anew")
    is_dangerous = True
    answer = SweepAnswer.GO_ON

    async def carry_out(self, act: Act, sweep: Sweep, cases: list[SweepEntry]) -> None:
        """Let the subscriptions end. The decision can be undone for a day."""
        sweep.undo_until = act.at + UNDO_FOR
        await let_go(act.uow, cases)
        alarm = SweepDone(sweep=sweep.id.hex, people=people_in(cases), until=sweep.undo_until.isoformat())
        act.uow.record(alarm.raise_event(f"sweep_done:{sweep.id}", act.at))


class HoldSweep(AnswerSweep):
    """Staff command that rejects a bulk expiry."""

    name = "hold_sweep"
    outcomes = ("left_in", "said_before", "asked_anew")
    answer = SweepAnswer.LEAVE_IN

    async def carry_out(self, act: Act, sweep: Sweep, cases: list[SweepEntry]) -> None:
        """Keep the access of the affected people, and ask the owners again later."""
        sweep.ask_again_at = act.at + ASK_AGAIN
        await turn(act.uow, cases, SweptState.STAYS)


class UndoSweep(DecideSweep):
    """Staff command that cancels an approved bulk expiry and readmits everyone it removed."""

    name = "undo_sweep"
    outcomes = ("undone", "said_before", "too_late")

    async def run(self, act: Act) -> Outcome:
        """Keep people who are not removed yet, and queue a job for each removed person to readmit them. Raises
        NothingToDo if the bulk expiry was not approved.
        """
        sweep, _ = await _lock(act)
        if sweep.undo_until is None:
            raise NothingToDo("nobody was let go by it")
        if act.at >= sweep.undo_until:
            return Outcome(name="too_late")
        if not await _is_first(act, SweepStep.UNDO, SweepAnswer.UNDO):
            return Outcome(name="said_before")
        cases = await act.uow.sweeps.list_swept(sweep.id)
        under_way = [case for case in cases if case.state is SweptState.GOING]
        reversible = [case for case in cases if case.state in {SweptState.GOING, SweptState.REMOVED}]
        sweep.ask_again_at = act.at + ASK_AGAIN
        await act.uow.sweeps.save(sweep)
        await turn(act.uow, under_way, SweptState.STAYS)
        for case in reversible:
            job = RestoreSwept(sweep_id=sweep.id, subscription_id=case.subscription_id)
            await act.uow.enqueue(job.keyed_job(f"{sweep.id}:{case.subscription_id}"))
        return _outcome(self, sweep, reversible, "sweep.undone")


async def find_sweep(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the bulk expiry with this id. Its fact `people` is the number of people waiting for the decision."""
    try:
        sweep = await uow.sweeps.get(SweepId(UUID(text)))
    except ValueError:
        return None
    if sweep is None:
        return None
    people = people_in(asked_about(await uow.sweeps.list_swept(sweep.id)))
    return Subject(id=str(sweep.id), name="", facts={"people": people, "at": sweep.began_at})


async def _lock(act: Act) -> tuple[Sweep, list[SweepEntry]]:
    """Return the bulk expiry, locked, and the entries that wait for a decision. Raises NothingToDo."""
    sweep = await act.uow.sweeps.get(SweepId(act.subject_id), lock=True)
    if sweep is None:
        raise NothingToDo("gone")
    return sweep, asked_about(await act.uow.sweeps.list_swept(sweep.id))


async def _is_first(act: Act, step: SweepStep, answer: SweepAnswer) -> bool:
    """Store the decision, and return True if it is the first of its step."""
    staff_id = act.actor.telegram_id or BY_MACHINE
    decision = SweepDecision(sweep_id=SweepId(act.subject_id), step=step, answer=answer, by=staff_id, at=act.at)
    return await act.uow.sweeps.decide(decision)


def _outcome(command: DecideSweep, sweep: Sweep, cases: list[SweepEntry], action: str) -> Outcome:
    people = people_in(cases)
    entry = AuditEntry(subject=sweep.id, action=action, facts={"people": str(people)}, reason="an owner's word")
    return Outcome(name=command.outcomes[0], facts={"people": people}, audit=[entry])
