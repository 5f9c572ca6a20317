"""Money that is less than was asked for: it counts towards its order, which stays open for the rest, or goes back."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import News, OfPurchase
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import PartGivenUp, PartReceived
from subscriptions.domain.ids import OrderId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.writing.payments import PAYMENTS
from subscriptions.domain.services import part_policy, pricing
from subscriptions.domain.services.purchase import Purchase

log = structlog.get_logger(__name__)

LIFETIME: Final = timedelta(hours=24)
"""How long an order of which a part was paid waits for the rest."""


class PartPayment(OfPurchase):
    """Less was paid than the order asks: it counts towards it."""

    name = "part_payment"
    closes = News()
    amount: Money
    missing: Money


async def waiting_parts(uow: UnitOfWork, order_id: OrderId) -> Sequence[Payment]:
    """What was paid of an order in parts, and buys nothing yet."""
    return await uow.payments.waiting_parts([order_id])


async def keep(uow: UnitOfWork, purchase: Purchase, part: Payment, order: Order) -> None:
    """Count a part towards an order, whose row is locked: the customer and the operator see what is missing."""
    part.part, part.order_id = True, order.id
    order.wait_for_rest(part.recorded_at + LIFETIME)
    await uow.orders.save(order)
    if not await uow.write(PAYMENTS).add_if_new(part):
        raise RetryLater("this payment is being counted for another order")
    price = pricing.full_price(purchase.attempt, purchase.order)
    amount = part_policy.rest_of(price, [*purchase.parts_of(order), part])
    uow.record(PartReceived(part.id, part.customer_id))
    alarm = PartPayment(order=order.reference, customer=order.customer_id, amount=part.amount, missing=amount)
    uow.record(alarm.raise_event(f"part_payment:{part.id}"))
    log.info("part of an order paid", order=order.reference, amount=str(part.amount), missing=str(amount))


async def settle(uow: UnitOfWork, purchase: Purchase, subscription: Subscription | None, last_payment: Payment) -> None:
    """The order is paid: its parts were for that, with the last payment, or go back where that was enough alone.
    subscription: None of a gift, which nobody has yet.
    """
    parts = purchase.parts_of(purchase.order)
    if not parts:
        return
    kept_amount = last_payment.amount if last_payment.excess is None else last_payment.amount - last_payment.excess
    if not part_policy.covers(pricing.full_price(purchase.attempt, purchase.order), parts, kept_amount):
        for part in parts:
            await give_up(uow, part)
        return
    last_payment.part = True
    for part in parts:
        part.subscription_id = subscription.id if subscription is not None else None
        await uow.write(PAYMENTS).save(part)


async def let_go(uow: UnitOfWork, order_ids: Collection[OrderId]) -> None:
    """Orders are closed: what was paid of them in parts goes back, or a person is told where it cannot."""
    for part in await uow.payments.waiting_parts(order_ids) if order_ids else ():
        await give_up(uow, part)


async def give_up(uow: UnitOfWork, part: Payment) -> None:
    """Nothing will come of a part; whether its provider can give it back is found out apart."""
    part.part = True
    part.raise_flag(FlagReason.ORDER_CLOSED)
    await uow.write(PAYMENTS).save(part)
    uow.record(PartGivenUp(part.id))
    log.warning("part of a closed order", order=part.reference, amount=str(part.amount))
