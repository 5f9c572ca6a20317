"""Staff command that starts a bulk expiry immediately, limited by the same guard as the scheduled one."""

from subscriptions.application.dto.jobs import CheckSubscription, RemovePerson
from subscriptions.application.dto.policy import Policy
from subscriptions.application.expiry.bulk_expiry_guard import BulkExpiryGuard
from subscriptions.application.staff.command import AuditEntry, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.services.staff_policy import StaffAction


class StartBulkExpiry(StaffCommand):
    """Staff command that immediately searches for subscriptions whose time is over. The owners are asked again about
    people on hold.
    """

    name = "sweep"
    permission = StaffAction.START_BULK_EXPIRY
    subject = SubjectKind.SHOP
    outcomes = ("begun", "nobody")
    is_dangerous = True

    policy: Policy

    async def run(self, execution: Execution) -> Outcome:
        """Queue the checks for the worker. Idempotent until the checks are done."""
        uow, guard = execution.uow, BulkExpiryGuard(self.policy)
        ended_subscriptions = await uow.subscriptions.list_over(execution.at)
        for subscription in ended_subscriptions:
            subscription.next_check_at = execution.at + self.policy.check_interval
        candidates = await guard.select(uow, ended_subscriptions, execution.at, ask_now=True)
        for subscription in candidates:
            await uow.enqueue(CheckSubscription(subscription_id=subscription.id).keyed_job(subscription.id))
        await uow.subscriptions.save_all(ended_subscriptions)
        removals = await uow.accesses.list_leaving()
        for access in removals:
            await uow.enqueue(RemovePerson(access_id=access.id).keyed_job(f"sweep:{access.id}"))
        counts = {"checking": len(candidates), "leaving": len(removals)}
        entry = AuditEntry(
            subject="sweep",
            action="sweep.begun",
            facts={name: str(count) for name, count in counts.items()},
            reason="by hand",
        )
        return Outcome(name="begun" if any(counts.values()) else "nobody", facts=counts, audit=[entry])
