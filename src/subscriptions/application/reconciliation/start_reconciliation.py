"""Staff command that reconciles with all providers and Telegram now."""

from subscriptions.application.dto import jobs
from subscriptions.application.staff.command import Act, AuditEntry, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.services.staff_policy import StaffAction


class StartReconciliation(StaffCommand):
    """Have the worker reconcile; it reports the result to the owners."""

    name = "reconcile"
    permission = StaffAction.RECONCILE
    subject = SubjectKind.SHOP
    outcomes = ("started",)

    async def run(self, act: Act) -> Outcome:
        """Queue the job. A request made before an earlier one has begun does not start a second run."""
        await act.uow.enqueue(jobs.Reconcile(key=str(act.operation)).keyed_job("reconcile"))
        return Outcome(name="started", audit=[AuditEntry(subject="all", reason="asked for by staff")])
