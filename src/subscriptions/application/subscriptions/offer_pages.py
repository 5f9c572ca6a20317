"""Staff command that resends the customer the links for resolving a failed charge."""

from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.events import ReminderDue
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction


class OfferPages(StaffCommand):
    """Staff command that notifies the customer again of a failed charge, with the buttons for resolving it."""

    name = "payment_pages"
    permission = StaffAction.OFFER_PAGES
    subject = SubjectKind.SUBSCRIPTION
    outcomes = ("pages_sent",)
    leads = True

    async def run(self, execution: Execution) -> Outcome:
        """Queue the message. Raises NothingToDo if no failed charge is outstanding."""
        subscription = await execution.uow.subscriptions.get(SubscriptionId(execution.subject_id))
        plan = await execution.uow.plans.get(subscription.plan_id) if subscription is not None else None
        if subscription is None or plan is None or not subscription.has_failed_charge:
            raise NothingToDo("nothing is owed")
        key = f"{subscription.id}:{execution.operation}"
        execution.uow.record(ReminderDue(subscription.id, subscription.customer_id, MessageKind.DUNNING, key))
        entry = AuditEntry(subject=subscription.customer_id, facts={"plan": plan.soft_id}, reason="asked in the panel")
        return Outcome(name="pages_sent", audit=[entry])
