"""Money that is on record and gives nothing by itself: until it goes back, or something is given for it after all."""

from collections.abc import Sequence
from typing import Final

from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

LOOKED_AT: Final = 50
"""How many of somebody's payments are looked at, the newest first."""

HOLDS_PURCHASE: Final = frozenset({FlagReason.AMOUNT_MISMATCH, FlagReason.CUSTOMER_MISMATCH})
"""What was paid for the order itself: paying it again would make it worse."""


async def under_review(uow: UnitOfWork, customer_id: CustomerId) -> Sequence[tuple[Payment, Order]]:
    """A customer's payments that wait for somebody's decision, with their orders, the newest first."""
    waiting = []
    for payment in await uow.payments.of_customer(customer_id, LOOKED_AT):
        order = await uow.orders.get(payment.order_id) if payment.under_review else None
        if order is not None and not await _made_good(uow, payment, order):
            waiting.append((payment, order))
    return waiting


async def _made_good(uow: UnitOfWork, payment: Payment, order: Order) -> bool:
    """A person let the customer in after all: the agreement is younger than the money it made good for. Nothing of
    one's own makes good for what was to be somebody else's."""
    if order.gift:
        return False
    live = await uow.subscriptions.live_for(order.customer_id, order.plan_id)
    return live is not None and live.created_at > payment.recorded_at
