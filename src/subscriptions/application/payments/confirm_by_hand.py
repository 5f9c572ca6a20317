"""Staff commands that confirm or refuse a payment whose arrival no provider reports."""

from typing import ClassVar

from subscriptions.application.inbox.receive_webhook import store_if_new
from subscriptions.application.payments.awaited_payments import AwaitedPayments, said_of
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.services import pricing
from subscriptions.domain.services.staff_policy import StaffAction


class ConfirmByHand(StaffCommand):
    """Base class of the staff commands that confirm and refuse a payment. The gateway signs the decision, which is
    stored in the inbox like a webhook.

    outcomes: three names: for a decision made now, for the same decision made before, and for the opposite decision
        made before, which remains valid
    reason: text for the audit log
    """

    subject = SubjectKind.AWAITED_PAYMENT
    is_paid: ClassVar[bool]
    reason: ClassVar[str]

    payments: AwaitedPayments

    async def run(self, execution: Execution) -> Outcome:
        """Store the decision. Raises NothingToDo if the payment is no longer awaited because it is paid, closed or too
        old.
        """
        confirmed_outcome, repeated_outcome, contrary_outcome = self.outcomes
        # Concurrent decisions are serialised by the lock on the order.
        attempt_row = await self.payments.lock(execution.uow, execution.subject)
        if attempt_row is None:
            raise NothingToDo("paid, closed or too old")
        order, attempt, session_ref = attempt_row
        decision = await said_of(execution.uow, attempt)
        if decision not in {None, self.permission}:
            return Outcome(name=contrary_outcome)
        event, body = await self.payments.decision_event(
            order, attempt, session_ref, is_paid=self.is_paid, at=execution.at
        )
        cause = await execution.uow.orders.cause_of(str(order.id))
        is_new = await store_if_new(execution.uow, event, execution.at, body=body, cause=cause)
        facts = {
            "amount": str(pricing.asked_by(attempt, order)),
            "provider": attempt.provider,
            "order": order.reference,
            "attempt": str(attempt.number),
        }
        subject_ids = () if decision is not None else (order.id, order.customer_id)
        entries = [AuditEntry(subject=each, facts=facts, reason=self.reason) for each in subject_ids]
        return Outcome(name=confirmed_outcome if is_new else repeated_outcome, audit=entries)


class ConfirmPayment(ConfirmByHand):
    """Staff command that confirms that the full amount arrived, which fulfills the purchase."""

    name = "confirm_payment"
    permission = StaffAction.CONFIRM_PAYMENT
    outcomes = ("confirmed", "confirmed_before", "refused_before")
    is_paid = True
    reason = "seen to have arrived"


class RefusePayment(ConfirmByHand):
    """Staff command that records that a payment will not arrive, and closes its checkout."""

    name = "refuse_payment"
    permission = StaffAction.REFUSE_PAYMENT
    outcomes = ("closed", "closed_before", "arrived_before")
    is_paid = False
    reason = "will not arrive"
