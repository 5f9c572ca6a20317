"""A withdrawal that a customer declared to staff, by any clear message: it counts as one in the chat does."""

from datetime import datetime

from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import REASON
from subscriptions.application.withdrawals.contracts import LOOKED_BACK, WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import SubscriptionId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

ON_RECORD = "contract.withdrawn_for"
"""What the audit calls it beside the withdrawal's own line."""


class WithdrawForCustomer(StaffCommand):
    """Withdraw from the last contract that a subscription was bought by: money is asked back, access and billing end.
    What is paid by hand each period is a contract each time."""

    name = "withdraw"
    permission = StaffAction.REFUND_PAYMENT
    subject = SubjectKind.SUBSCRIPTION
    inputs = (REASON,)
    outcomes = ("withdrawn", "withdrawn_by_hand")

    withdraw_contract: WithdrawContract

    async def run(self, act: Act) -> Outcome:
        """The acknowledgement goes to the customer's chat."""
        subscription = await act.uow.subscriptions.get(SubscriptionId(act.subject_id))
        orders = await _contracts(act.uow, subscription, act.at) if subscription is not None else []
        refusals = list[WithdrawalRefused]()
        for order in orders:
            try:
                withdrawal = await self.withdraw_contract.declare(
                    act.uow, order.customer_id, order.id, act.at, asked_by=act.actor.name
                )
            except WithdrawalRefused as refusal:
                refusals.append(refusal)
                continue
            facts = {"order": withdrawal.reference, "amount": str(withdrawal.amount or "")}
            entry = AuditEntry(subject=order.customer_id, facts=facts, action=ON_RECORD, reason=act[REASON])
            name = "withdrawn" if withdrawal.automatic else "withdrawn_by_hand"
            return Outcome(name=name, facts={"until": withdrawal.refund_due}, audit=[entry])
        raise NothingToDo(str(refusals[0].refusal) if refusals else "no contract")


async def _contracts(uow: UnitOfWork, subscription: Subscription, now: datetime) -> list[Order]:
    """What its customer bought it by, the last first."""
    orders = list[Order]()
    for order in await uow.orders.paid_since(subscription.customer_id, now - LOOKED_BACK):
        payments = await uow.payments.of_order(order.id) if not order.gift else []
        if order.id == subscription.order_id or any(each.subscription_id == subscription.id for each in payments):
            orders.append(order)
    return orders
