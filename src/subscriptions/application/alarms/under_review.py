"""Payments under review: a payment gives no access until staff decide to refund it or to compensate the customer."""

from collections.abc import Sequence
from typing import Final

from subscriptions.application.alarms.payment_causes import made_good
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import HOLDS_PURCHASE, Payment
from subscriptions.domain.ids import CustomerId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

LOOKED_AT: Final = 50
"""Maximum number of a customer's newest payments among which payments under review are searched."""


async def under_review(uow: UnitOfWork, customer_id: CustomerId) -> Sequence[tuple[Payment, Order]]:
    """Return a customer's payments that wait for a decision, with their orders, newest first."""
    pairs = []
    for payment in await uow.payments.of_customer(customer_id, LOOKED_AT):
        order = await uow.orders.get(payment.order_id) if payment.under_review else None
        if order is not None and not await made_good(uow, payment, order):
            pairs.append((payment, order))
    return pairs


async def held_purchases(uow: UnitOfWork, customer_id: CustomerId) -> dict[PlanId, Order]:
    """Return the orders whose payment under review blocks another purchase of the same plan, keyed by plan."""
    pairs = await under_review(uow, customer_id)
    return {
        order.plan_id: order for payment, order in pairs if payment.flag in HOLDS_PURCHASE and not order.for_another
    }
