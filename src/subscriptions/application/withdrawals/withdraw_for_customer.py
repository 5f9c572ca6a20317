"""A withdrawal that a customer declared to staff, by any clear message: it counts as one in the chat does."""

from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.services.staff_policy import StaffAction

ON_RECORD = "contract.withdrawn_for"
"""What the audit calls it beside the withdrawal's own line."""


class WithdrawForCustomer(StaffCommand):
    """Withdraw from the contract that a subscription began by: money is asked back, access and billing end."""

    name = "withdraw"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("withdrawn", "withdrawn_by_hand")

    withdraw_contract: WithdrawContract

    async def run(self, act: Act) -> Outcome:
        """The acknowledgement goes to the customer's chat."""
        subscription = await act.uow.subscriptions.get(SubscriptionId(act.subject_id))
        order_id = subscription.order_id if subscription is not None else None
        order = await act.uow.orders.get(order_id) if order_id is not None else None
        if order is None:
            raise NothingToDo("no contract")
        try:
            withdrawal = await self.withdraw_contract.declare(
                act.uow, order.customer_id, order.id, act.at, asked_by=act.actor.name
            )
        except WithdrawalRefused as refusal:
            raise NothingToDo(str(refusal.refusal)) from refusal
        facts = {"order": withdrawal.reference, "amount": str(withdrawal.amount or "")}
        entry = AuditEntry(about=order.customer_id, facts=facts, action=ON_RECORD, why=act[REASON])
        name = "withdrawn" if withdrawal.automatic else "withdrawn_by_hand"
        return Outcome(name=name, facts={"until": withdrawal.refund_due}, audit=[entry])
