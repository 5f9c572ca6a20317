"""Staff command that closes an alarm."""

from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.entities.alarm import NO_PERSON
from subscriptions.domain.services.staff_policy import StaffAction


class ResolveAlarm(StaffCommand):
    """Staff command that closes an alarm. If the cause lasts, the alarm is raised again after a day."""

    name = "settle_alarm"
    permission = StaffAction.CLOSE_ALARMS
    subject = SubjectKind.ALARM
    outcomes = ("settled",)

    async def run(self, execution: Execution) -> Outcome:
        """Close the alarm. Raises NothingToDo if the alarm is closed already."""
        alarm = await execution.uow.alarms.get(execution.subject_id, lock=True)
        staff_id = execution.actor.telegram_id or NO_PERSON
        if alarm is None or not alarm.close(staff_id, execution.at):
            raise NothingToDo("closed")
        await execution.uow.alarms.save(alarm)
        entry = AuditEntry(subject=alarm.key, facts={"kind": alarm.kind}, reason="settled")
        return Outcome(name="settled", audit=[entry])
