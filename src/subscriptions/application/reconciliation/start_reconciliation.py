"""A comparison of everything that providers and Telegram say with the books, as staff wants it now."""

from subscriptions.application.dto import jobs
from subscriptions.application.staff.command import Act, AuditEntry, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.services.staff_policy import StaffAction


class StartReconciliation(StaffCommand):
    """Have the worker compare, which then tells the owners what it found."""

    name = "reconcile"
    permission = StaffAction.RECONCILE
    subject = SubjectKind.SHOP
    outcomes = ("started",)

    async def run(self, act: Act) -> Outcome:
        """A wish before the comparison began starts no second one."""
        await act.uow.enqueue(jobs.Reconcile(key=str(act.operation)).keyed_job("reconcile"))
        return Outcome(name="started", audit=[AuditEntry(subject="all", reason="asked for by staff")])
