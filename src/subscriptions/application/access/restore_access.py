"""Staff command that ends a customer's suspension."""

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.staff_access import give_back_rest, live_subscription, settle
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
from subscriptions.domain.services import provider_sync
from subscriptions.domain.services.staff_policy import StaffAction


class RestoreAccess(StaffCommand):
    """Staff command that resumes a suspended subscription. The customer gets a new invite link, and the lost time is
    added. Outcome `restored_not_yet`: the subscription is still paused for another reason.
    """

    name = "restore"
    permission = StaffAction.RESTORE_ACCESS
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("restored", "restored_not_yet")

    grant_access: GrantAccess

    async def run(self, execution: Execution) -> Outcome:
        """Resume the subscription. Raises NothingToDo if the subscription is paused only for other reasons."""
        subscription, customer, plan = await live_subscription(execution)
        if not subscription.is_paused:
            return Outcome(name="restored")
        if STAFF not in subscription.paused_for:
            raise NothingToDo(" ".join(sorted(subscription.paused_for)))
        await give_back_rest(execution.uow, self.grant_access, subscription, STAFF, execution.at)
        provider_sync.have_days(subscription, execution.at)
        subscription.resume(STAFF, execution.at)
        await execution.uow.of(FACTS_KEY).release(subscription.id, HoldReason.STAFF, execution.at)
        await settle(execution, self.grant_access, subscription, customer, plan)
        entry = AuditEntry(subject=customer.id, facts={"plan": plan.soft_id})
        return Outcome(name="restored_not_yet" if subscription.paused_for else "restored", audit=[entry])
