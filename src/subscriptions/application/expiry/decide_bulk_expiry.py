"""Owners' decisions about bulk expiries. An approved bulk expiry can be undone within a day."""

from abc import abstractmethod
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from subscriptions.application.dto.expiry_jobs import RestoreExpired
from subscriptions.application.expiry.owner_questions import ASK_AGAIN, asked_about, let_go, people_in, turn
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.domain.entities.bulk_expiry import (
    BY_MACHINE,
    BulkExpiry,
    BulkExpiryAnswer,
    BulkExpiryDecision,
    BulkExpiryEntry,
    BulkExpiryEntryState,
    BulkExpiryStatus,
    BulkExpiryStep,
)
from subscriptions.domain.ids import BulkExpiryId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

UNDO_FOR: Final = timedelta(hours=24)
"""Time in which an approved bulk expiry can be undone."""


class BulkExpiryDone(AlarmKind):
    """Alarm: a bulk expiry was approved. `until`: time until which the bulk expiry can be undone, as an
    ISO timestamp.
    """

    name = "sweep_done"
    closes = ByCheck(alarm_causes.bulk_expiry_final)
    sweep: str
    people: int
    until: str


class DecideBulkExpiry(StaffCommand):
    """Base of the staff commands on a bulk expiry. If several owners decide about the same step, the first decision
    counts.
    """

    permission = StaffAction.CONFIRM_BULK_EXPIRY
    subject = SubjectKind.BULK_EXPIRY


class AnswerBulkExpiry(DecideBulkExpiry):
    """Base of the commands that approve or reject a bulk expiry."""

    answer: ClassVar[BulkExpiryAnswer]

    async def run(self, execution: Execution) -> Outcome:
        """Execute the decision. If the owners have been asked again about the affected people, only the later question
        can be answered.
        """
        bulk_expiry, abouts = await _lock(execution)
        if bulk_expiry.status is BulkExpiryStatus.ASKING and not abouts:
            return Outcome(name="asked_anew")
        if bulk_expiry.status is not BulkExpiryStatus.ASKING or not await _is_first(
            execution, BulkExpiryStep.ANSWER, self.answer
        ):
            return Outcome(name="said_before")
        bulk_expiry.status = BulkExpiryStatus.DECIDED
        await self.carry_out(execution, bulk_expiry, abouts)
        await execution.uow.bulk_expiries.save(bulk_expiry)
        return _outcome(self, bulk_expiry, abouts, f"sweep.{self.answer}")

    @abstractmethod
    async def carry_out(self, execution: Execution, bulk_expiry: BulkExpiry, cases: list[BulkExpiryEntry]) -> None:
        """Apply the decision to the affected subscriptions."""


class ConfirmBulkExpiry(AnswerBulkExpiry):
    """Staff command that approves a bulk expiry."""

    name = "confirm_sweep"
    outcomes = ("going_on", "said_before", "asked_anew")
    is_dangerous = True
    answer = BulkExpiryAnswer.GO_ON

    async def carry_out(self, execution: Execution, bulk_expiry: BulkExpiry, cases: list[BulkExpiryEntry]) -> None:
        """Allow the subscriptions to end, after one more check at the provider. The decision can be
        undone for a day.
        """
        bulk_expiry.undo_until = execution.at + UNDO_FOR
        await let_go(execution.uow, cases)
        alarm = BulkExpiryDone(
            sweep=bulk_expiry.id.hex, people=people_in(cases), until=bulk_expiry.undo_until.isoformat()
        )
        execution.uow.record(alarm.raise_event(f"sweep_done:{bulk_expiry.id}", execution.at))


class HoldBulkExpiry(AnswerBulkExpiry):
    """Staff command that rejects a bulk expiry."""

    name = "hold_sweep"
    outcomes = ("left_in", "said_before", "asked_anew")
    answer = BulkExpiryAnswer.LEAVE_IN

    async def carry_out(self, execution: Execution, bulk_expiry: BulkExpiry, cases: list[BulkExpiryEntry]) -> None:
        """Keep the access of the affected people, and ask the owners again later."""
        bulk_expiry.ask_again_at = execution.at + ASK_AGAIN
        await turn(execution.uow, cases, BulkExpiryEntryState.STAYS)


class UndoBulkExpiry(DecideBulkExpiry):
    """Staff command that undoes an approved bulk expiry and readmits everyone whom it removed."""

    name = "undo_sweep"
    outcomes = ("undone", "said_before", "too_late")

    async def run(self, execution: Execution) -> Outcome:
        """Keep the people who have not been removed yet, and queue a job for each removed person to readmit them.
        Raises NothingToDo if the bulk expiry was not approved.
        """
        bulk_expiry, _ = await _lock(execution)
        if bulk_expiry.undo_until is None:
            raise NothingToDo("nobody was let go by it")
        if execution.at >= bulk_expiry.undo_until:
            return Outcome(name="too_late")
        if not await _is_first(execution, BulkExpiryStep.UNDO, BulkExpiryAnswer.UNDO):
            return Outcome(name="said_before")
        cases = await execution.uow.bulk_expiries.list_entries(bulk_expiry.id)
        under_way = [case for case in cases if case.state is BulkExpiryEntryState.GOING]
        reversible = [
            case for case in cases if case.state in {BulkExpiryEntryState.GOING, BulkExpiryEntryState.REMOVED}
        ]
        bulk_expiry.ask_again_at = execution.at + ASK_AGAIN
        await execution.uow.bulk_expiries.save(bulk_expiry)
        await turn(execution.uow, under_way, BulkExpiryEntryState.STAYS)
        for case in reversible:
            job = RestoreExpired(sweep_id=bulk_expiry.id, subscription_id=case.subscription_id)
            await execution.uow.enqueue(job.keyed_job(f"{bulk_expiry.id}:{case.subscription_id}"))
        return _outcome(self, bulk_expiry, reversible, "sweep.undone")


async def find_bulk_expiry(uow: UnitOfWork, text: str) -> Subject | None:
    """Return the bulk expiry with this id; None if there is none. Its fact `people` is the number of people waiting for
    the decision.
    """
    try:
        bulk_expiry = await uow.bulk_expiries.get(BulkExpiryId(UUID(text)))
    except ValueError:
        return None
    if bulk_expiry is None:
        return None
    people = people_in(asked_about(await uow.bulk_expiries.list_entries(bulk_expiry.id)))
    return Subject(id=str(bulk_expiry.id), name="", facts={"people": people, "at": bulk_expiry.began_at})


async def _lock(execution: Execution) -> tuple[BulkExpiry, list[BulkExpiryEntry]]:
    """Return the bulk expiry, locked, and its entries that wait for a decision. Raises NothingToDo if the bulk expiry
    does not exist.
    """
    bulk_expiry = await execution.uow.bulk_expiries.get(BulkExpiryId(execution.subject_id), lock=True)
    if bulk_expiry is None:
        raise NothingToDo("gone")
    return bulk_expiry, asked_about(await execution.uow.bulk_expiries.list_entries(bulk_expiry.id))


async def _is_first(execution: Execution, step: BulkExpiryStep, answer: BulkExpiryAnswer) -> bool:
    """Store the decision, and return True if it is the first decision about this step of the bulk expiry."""
    staff_id = execution.actor.telegram_id or BY_MACHINE
    decision = BulkExpiryDecision(
        sweep_id=BulkExpiryId(execution.subject_id), step=step, answer=answer, by=staff_id, at=execution.at
    )
    return await execution.uow.bulk_expiries.decide(decision)


def _outcome(command: DecideBulkExpiry, bulk_expiry: BulkExpiry, cases: list[BulkExpiryEntry], action: str) -> Outcome:
    people = people_in(cases)
    entry = AuditEntry(subject=bulk_expiry.id, action=action, facts={"people": str(people)}, reason="an owner's word")
    return Outcome(name=command.outcomes[0], facts={"people": people}, audit=[entry])
