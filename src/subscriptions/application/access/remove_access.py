"""Staff command that ends a customer's access now."""

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.staff_access import live_subscription
from subscriptions.application.staff.command import AuditEntry, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.subscription import REMOVED
from subscriptions.domain.services.staff_policy import StaffAction


class RemoveAccess(StaffCommand):
    """Staff command that ends access and charges now, with a ledger entry that removes the remaining time."""

    name = "remove"
    permission = StaffAction.REMOVE_ACCESS
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("removed",)
    is_dangerous = True

    grant_access: GrantAccess

    async def run(self, execution: Execution) -> Outcome:
        """End the access. No payment is refunded."""
        subscription, customer, plan = await live_subscription(execution)
        cause = str(execution.operation)
        await self.grant_access.end(
            execution.uow,
            subscription,
            customer,
            plan,
            execution.at,
            reason=REMOVED,
            cause=cause,
            note=execution[REASON],
        )
        return Outcome(name="removed", audit=[AuditEntry(subject=customer.id, facts={"plan": plan.soft_id})])
