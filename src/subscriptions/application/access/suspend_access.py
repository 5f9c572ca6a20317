"""Staff command that suspends a customer until staff readmit the customer."""

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.staff_access import live_subscription, settle
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.entities.subscription import STAFF
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.services.staff_policy import StaffAction


class SuspendAccess(StaffCommand):
    """Staff command that removes a customer from the plan's chats until staff readmit the customer. The customer's own
    channel is kept.

    Outcome `suspended_too`: the subscription was already paused for another reason, and stays paused after that reason
    ends.
    """

    name = "suspend"
    permission = StaffAction.SUSPEND_ACCESS
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("suspended", "suspended_too")
    is_dangerous = True

    grant_access: GrantAccess

    async def run(self, execution: Execution) -> Outcome:
        """Pause the subscription. If staff have suspended the subscription already, change and record nothing."""
        subscription, customer, plan = await live_subscription(execution)
        was_paused = subscription.is_paused
        if STAFF in subscription.paused_for:
            return Outcome(name="suspended")
        subscription.pause(STAFF, execution.at)
        if STAFF not in subscription.paused_for:
            raise NothingToDo(str(subscription.status))
        await execution.uow.of(FACTS_KEY).hold(
            subscription.id, HoldReason.STAFF, execution.at, str(execution.operation)
        )
        await settle(execution, self.grant_access, subscription, customer, plan)
        entry = AuditEntry(subject=customer.id, facts={"plan": plan.soft_id})
        return Outcome(name="suspended_too" if was_paused else "suspended", audit=[entry])
