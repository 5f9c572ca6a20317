"""Staff command that ends a customer's access now."""

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.staff_access import live_subscription
from subscriptions.application.access.waiting_days import waiting_days, waiting_facts
from subscriptions.application.staff.command import AuditEntry, Effect, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.subscription import REMOVED
from subscriptions.domain.services.staff_policy import StaffAction


class RemoveAccess(StaffCommand):
    """Staff command that ends access and charges now, with a ledger entry that removes the remaining time. Days of
    other plans that wait end too.
    """

    name = "remove"
    permission = StaffAction.REMOVE_ACCESS
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("removed",)
    effects = ("waiting_ends",)
    is_dangerous = True

    grant_access: GrantAccess

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the days of other plans that wait behind the subscription, because they end too; None if there are
        none.
        """
        subscription, _, plan = await live_subscription(execution)
        waiting = await waiting_days(execution.uow, subscription, self.grant_access.grace_of(plan), execution.at)
        return Effect(name="waiting_ends", facts=waiting_facts(waiting)) if waiting else None

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
