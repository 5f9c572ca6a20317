"""A customer's way in, sent once more by somebody of staff."""

from subscriptions.application.access.resource_kind import kind_of_place
from subscriptions.application.access.way import ways_back
from subscriptions.application.dto.policy import Policy
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction


class ResendInvite(StaffCommand):
    """Send the link that works, or have a new one made where none does.

    `not_sent`: they are inside, or may not enter.
    """

    name = "resend_invite"
    permission = StaffAction.RESEND_INVITE
    subject = SubjectKind.SUBSCRIPTION
    outcomes = ("sent", "not_sent")

    policy: Policy

    async def run(self, act: Act) -> Outcome:
        """The customer is told by a message of their own."""
        subscription = await act.uow.subscriptions.get(SubscriptionId(act.subject_id))
        plan = await act.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None or not subscription.live:
            raise NothingToDo("over")
        who = subscription.customer_id
        is_sent = False
        for place, access in await ways_back(act.uow, who, plan):
            kind = kind_of_place(place)
            is_sent |= await kind.resend_invite(act.uow, place, access, act.operation, self.policy, act.at)
        entry = AuditEntry(subject=who, facts={"plan": plan.soft_id}, reason="asked in the panel")
        return Outcome(name="sent" if is_sent else "not_sent", audit=[entry])
