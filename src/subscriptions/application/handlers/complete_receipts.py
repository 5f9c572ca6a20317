"""Receipts for money that an earlier version counted, which wrote none."""

from datetime import UTC, date, datetime, time
from typing import Final

from subscriptions.application.services.receipting import Receipting
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

BATCH: Final = 50
"""In one transaction: meanwhile no other receipt gets its number."""


class CompleteReceipts:
    """Numbers them now, in the order in which the money was counted; repeating it adds nothing."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, receipting: Receipting) -> None:
        self._units = units
        self._clock = clock
        self._receipting = receipting

    async def __call__(self, first: date) -> int:
        """How many receipts were written. first: the day, in UTC, from which on payments were counted."""
        since, written = datetime.combine(first, time(), UTC), 0
        while True:
            async with self._units() as uow:
                lacking = await uow.receipts.lacking(since, BATCH)
                for payment in lacking:
                    await self._complete(uow, payment)
                await uow.commit()
            written += len(lacking)
            if len(lacking) < BATCH:
                return written

    async def _complete(self, uow: UnitOfWork, payment: Payment) -> None:
        customer, order = await uow.customers.get(payment.customer_id), await uow.orders.get(payment.order_id)
        if customer is None or order is None:
            raise LookupError(f"payment {payment.id} without its customer or order")
        plan = await uow.plans.get(order.plan_id)
        now = self._clock.now()
        await self._receipting.receipt(uow, payment, customer, plan.name if plan is not None else "", None, now)
        await self._receipting.credit_notes(uow, payment, now)
