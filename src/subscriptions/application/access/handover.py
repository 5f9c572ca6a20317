"""Gifts: the state of a gift's payment, and the records made when the gift is redeemed."""

from collections.abc import Sequence

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import HandedOver
from subscriptions.domain.ids import OrderId
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.payments import PAYMENTS
from subscriptions.domain.services import handover_policy
from subscriptions.domain.services.handover_policy import HandoverState


async def standing_of(uow: UnitOfWork, order: Order) -> HandoverState:
    """Return the payment state of a gift, which determines whether the gift may be redeemed. The state cannot change
    while the order is locked.
    """
    if await uow.of(WITHDRAWALS_KEY).of_order(order.id) is not None:
        return HandoverState.MONEY_BACK
    payments = await uow.payments.of_order(order.id)
    refunds = [refund for each in payments for refund in await uow.reversals.refunds_of(each.id)]
    disputes = await uow.reversals.disputes_of([each.id for each in payments])
    return handover_policy.standing_of(order, payments, refunds, disputes)


async def paid_with(uow: UnitOfWork, order_id: OrderId | None) -> Sequence[Payment]:
    """Return the payments that count for a gift, oldest first. `order_id`: order of the gift; None
    returns no payments.
    """
    return handover_policy.counted_payments(await uow.payments.of_order(order_id)) if order_id is not None else []


async def hand_over(
    uow: UnitOfWork, payments: Sequence[Payment], recipient: Customer, subscription: Subscription
) -> None:
    """Link the recipient's subscription to the payments of the gift, and notify the giver that the gift was
    redeemed.
    """
    await link_payments(uow, payments, subscription)
    if payments and payments[-1].customer_id != recipient.id:
        uow.record(HandedOver(payments[-1].order_id, payments[-1].customer_id))


async def link_payments(uow: UnitOfWork, payments: Sequence[Payment], subscription: Subscription) -> None:
    """Link payments to the subscription that has their time."""
    for payment in payments:
        payment.subscription_id = subscription.id
        await uow.write(PAYMENTS).save(payment)
