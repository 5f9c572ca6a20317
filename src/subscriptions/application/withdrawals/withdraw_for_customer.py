"""Staff command that records a withdrawal that a customer declared to staff. It has the same effect as a withdrawal in
the chat.
"""

from datetime import datetime

from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.application.withdrawals.contracts import LOOKED_BACK, WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

ON_RECORD = "contract.withdrawn_for"
"""Name of the audit log's action for a withdrawal recorded by staff. The withdrawal itself has a separate entry."""


class WithdrawForCustomer(StaffCommand):
    """Staff command that withdraws from the last contract of a subscription: the refund is requested, and access and
    billing end.

    A plan that is paid manually each period has one contract per period.
    """

    name = "withdraw"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("withdrawn", "withdrawn_by_hand")
    is_dangerous = True

    withdraw_contract: WithdrawContract

    async def run(self, execution: Execution) -> Outcome:
        """Declare the withdrawal. The customer receives the acknowledgement of receipt in their chat."""
        subscription = await execution.uow.subscriptions.get(SubscriptionId(execution.subject_id))
        orders = await _contracts(execution.uow, subscription, execution.at) if subscription is not None else []
        refusals = list[WithdrawalRefused]()
        for order in orders:
            try:
                withdrawal = await self.withdraw_contract.declare(
                    execution.uow, order.customer_id, order.id, execution.at, asked_by=execution.actor.name
                )
            except WithdrawalRefused as refusal:
                refusals.append(refusal)
                continue
            facts = {"order": withdrawal.reference, "amount": str(withdrawal.amount or "")}
            entry = AuditEntry(subject=order.customer_id, facts=facts, action=ON_RECORD, reason=execution[REASON])
            name = "withdrawn" if withdrawal.automatic else "withdrawn_by_hand"
            return Outcome(name=name, facts={"until": withdrawal.refund_due}, audit=[entry])
        raise NothingToDo(str(refusals[0].refusal) if refusals else "no contract")


async def _contracts(uow: UnitOfWork, subscription: Subscription, now: datetime) -> list[Order]:
    """Return the orders paid for the subscription, latest first."""
    orders = list[Order]()
    for order in await uow.orders.paid_since(subscription.customer_id, now - LOOKED_BACK):
        payments = await uow.payments.of_order(order.id) if not order.for_another else []
        if order.id == subscription.order_id or any(each.subscription_id == subscription.id for each in payments):
            orders.append(order)
    return orders
