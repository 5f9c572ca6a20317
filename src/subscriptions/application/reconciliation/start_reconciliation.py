"""Staff command that reconciles with all providers and Telegram immediately."""

from subscriptions.application.dto import jobs
from subscriptions.application.staff.command import AuditEntry, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.services.staff_policy import StaffAction


class StartReconciliation(StaffCommand):
    """Staff command that queues a reconciliation for the worker, which reports the result to the owners."""

    name = "reconcile"
    permission = StaffAction.RECONCILE
    subject = SubjectKind.SHOP
    outcomes = ("started",)

    async def run(self, execution: Execution) -> Outcome:
        """Queue the job. If an earlier request has not started yet, no second run is queued."""
        await execution.uow.enqueue(jobs.Reconcile(key=str(execution.operation)).keyed_job("reconcile"))
        return Outcome(name="started", audit=[AuditEntry(subject="all", reason="asked for by staff")])
