"""Partial payments: they count towards an order until the rest is paid, or are refunded if the order is closed."""

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
"""Time for which an order with a partial payment waits for the missing amount."""


class PartPayment(OfPurchase):
    """Alarm: a payment was less than the price of its order and counts towards it."""

    name = "part_payment"
    closes = News()
    amount: Money
    missing: Money


async def waiting_parts(uow: UnitOfWork, order_id: OrderId) -> Sequence[Payment]:
    """Return the partial payments of an order that has not been paid in full."""
    return await uow.payments.waiting_parts([order_id])


async def keep(uow: UnitOfWork, purchase: Purchase, part: Payment, order: Order) -> None:
    """Record a partial payment of an order whose row is locked, and report the missing amount to the customer and the
    owners.
    """
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
    """Assign the partial payments of a paid order to its subscription. If the last payment alone covered the price,
    refund the partial payments.

    `subscription`: None for a gift that has not been redeemed
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
    """Refund the partial payments of closed orders, or alert the owners if the provider cannot refund."""
    for part in await uow.payments.waiting_parts(order_ids) if order_ids else ():
        await give_up(uow, part)


async def give_up(uow: UnitOfWork, part: Payment) -> None:
    """Mark a partial payment of a closed order for refund. A separate job finds out whether the
    provider can refund it.
    """
    part.part = True
    part.raise_flag(FlagReason.ORDER_CLOSED)
    await uow.write(PAYMENTS).save(part)
    uow.record(PartGivenUp(part.id))
    log.warning("part of a closed order", order=part.reference, amount=str(part.amount))
