"""Money facts."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select

from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import payments
from subscriptions.infrastructure.repositories.store import TableStore, Unit

PAYMENT: Final = RowMapper(Payment)


class SqlPaymentRepository:
    """PaymentRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._payments = TableStore(unit, payments, PAYMENT)

    async def get(self, payment_id: PaymentId) -> Payment | None:
        """By our id."""
        return await self._payments.one(payments.c.id == payment_id)

    async def by_key(self, provider: str, payment_key: str) -> Payment | None:
        """By the provider's name of the money."""
        return await self._payments.one(payments.c.provider == provider, payments.c.payment_key == payment_key)

    async def add_if_new(self, payment: Payment) -> bool:
        """False: this money is recorded already."""
        return await self._payments.add_if_new(payment)

    async def save(self, payment: Payment) -> None:
        """Write all of it."""
        await self._payments.save(payment)

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Payment]:
        """The newest first."""
        return await self._payments.all(
            select(payments)
            .where(payments.c.customer_id == customer_id)
            .order_by(payments.c.occurred_at.desc(), payments.c.id)
            .limit(limit)
        )

    async def of_order(self, order_id: OrderId) -> Sequence[Payment]:
        """In the order they happened."""
        columns = payments.c
        return await self._payments.many(
            columns.order_id == order_id, order=(columns.occurred_at.asc(), columns.id.asc())
        )

    async def waiting_parts(self, order_ids: Collection[OrderId]) -> Sequence[Payment]:
        """Captured parts of orders that are not paid in full, the oldest first."""
        columns = payments.c
        return await self._payments.many(
            columns.order_id.in_(order_ids),
            columns.part,
            columns.status == PaymentStatus.CAPTURED.value,
            columns.subscription_id.is_(None),
            order=(columns.occurred_at, columns.id),
        )
