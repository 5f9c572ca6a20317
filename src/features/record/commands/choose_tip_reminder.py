"""Staff command that sets how many minutes before the start of a tip's event the reminder of the tip is posted."""

from datetime import timedelta
from typing import Any, Final

from features.record.ports.records import RECORDS_KEY
from subscriptions.application.dto.typed_answers import Fact, whole
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

MOST: Final = 24 * 60
"""Maximum number of minutes between a reminder and the start of the event: one day."""

MINUTES: Final[Input[int]] = Input(
    name="minutes",
    kind=InputKind.NUMBER,
    parse=whole(0, MOST, "reminder_minutes"),
    value=int,
    limits=(0, MOST),
    default="0",
)


class ChooseTipReminder(StaffCommand):
    """Staff command that sets the reminder of a plan's tips; 0 minutes switches it off."""

    name = "tip_reminder"
    begins = True
    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.PLAN
    inputs = (MINUTES,)
    outcomes = ("chosen", "removed", "unchanged")

    async def run(self, execution: Execution) -> Outcome:
        """Set the reminder. Raises NothingToDo if the plan does not exist."""
        plan_id = PlanId(execution.subject_id)
        plan = await execution.uow.plans.get(plan_id)
        if plan is None:
            raise NothingToDo("gone")
        previous_lead = (await execution.uow.of(RECORDS_KEY).reminders()).get(plan_id)
        lead = timedelta(minutes=execution[MINUTES]) or None
        facts: dict[str, Fact] = {"plan": plan.label, "minutes": execution[MINUTES]}
        if lead == previous_lead:
            return Outcome(name="unchanged", facts=facts)
        await execution.uow.of(RECORDS_KEY).choose_reminder(plan_id, lead)
        minutes_before = (previous_lead or timedelta()) // timedelta(minutes=1)
        entry = AuditEntry(
            subject=plan_id,
            action="plan.tip_reminder",
            facts={"plan": plan.soft_id, "from": str(minutes_before), "to": str(execution[MINUTES])},
            reason="decided by the operator",
        )
        return Outcome(name="chosen" if lead else "removed", facts=facts, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return common numbers of minutes as choices; any number can be typed."""
        return [Choice(str(minutes), str(minutes)) for minutes in (0, 10, 15, 30, 60)]
