"""Staff command that sends a customer's invite link again."""

from subscriptions.application.access.plan_chats import chats_to_rejoin
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.dto.policy import Policy
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction


class ResendInvite(StaffCommand):
    """Staff command that sends the customer's working invite link, or has a new one created. Outcome `not_sent`: the
    customer is a member already or may not enter.
    """

    name = "resend_invite"
    permission = StaffAction.RESEND_INVITE
    subject = SubjectKind.SUBSCRIPTION
    outcomes = ("sent", "not_sent")

    policy: Policy

    async def run(self, execution: Execution) -> Outcome:
        """Send the invite links of the plan's chats to the customer, in a separate message."""
        subscription = await execution.uow.subscriptions.get(SubscriptionId(execution.subject_id))
        plan = await execution.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None or not subscription.live:
            raise NothingToDo("over")
        who = subscription.customer_id
        is_sent = False
        for channel, access in await chats_to_rejoin(execution.uow, who, plan):
            kind = kind_of_channel(channel)
            is_sent |= await kind.resend_invite(
                execution.uow, channel, access, execution.operation, self.policy, execution.at
            )
        entry = AuditEntry(subject=who, facts={"plan": plan.soft_id}, reason="asked in the panel")
        return Outcome(name="sent" if is_sent else "not_sent", audit=[entry])
