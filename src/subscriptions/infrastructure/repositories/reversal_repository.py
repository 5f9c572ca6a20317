"""Refunds and disputes."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.ids import PaymentId, SubscriptionId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import disputes, payments, refunds
from subscriptions.infrastructure.repositories.store import TableStore, Unit

REFUND: Final = RowMapper(Refund)
DISPUTE: Final = RowMapper(Dispute)


class SqlReversalRepository:
    """ReversalRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._refunds = TableStore(unit, refunds, REFUND)
        self._disputes = TableStore(unit, disputes, DISPUTE)

    async def add_refund_if_new(self, refund: Refund) -> bool:
        """False: this refund is recorded already."""
        return await self._refunds.add_if_new(refund)

    async def get_refund(self, refund_id: UUID) -> Refund | None:
        """By our id."""
        return await self._refunds.one(refunds.c.id == refund_id)

    async def refund_by_key(self, provider: str, refund_key: str) -> Refund | None:
        """By the provider's name of it."""
        return await self._refunds.one(refunds.c.provider == provider, refunds.c.refund_key == refund_key)

    async def save_refund(self, refund: Refund) -> None:
        """Write all of it."""
        await self._refunds.save(refund)

    async def refunds_of(self, payment_id: PaymentId) -> Sequence[Refund]:
        """In the order they happened."""
        return await self._refunds.many(
            refunds.c.payment_id == payment_id, order=(refunds.c.occurred_at.asc(), refunds.c.id.asc())
        )

    async def dispute_by_key(self, provider: str, dispute_key: str) -> Dispute | None:
        """By the provider's name of it."""
        return await self._disputes.one(disputes.c.provider == provider, disputes.c.dispute_key == dispute_key)

    async def save_dispute(self, dispute: Dispute) -> None:
        """Write all of it."""
        await self._disputes.save(dispute)

    async def open_disputes(self, subscription_id: SubscriptionId) -> Sequence[Dispute]:
        """Those about payments of a subscription that hold its access back."""
        return await self._disputes.all(
            select(disputes)
            .join(payments, payments.c.id == disputes.c.payment_id)
            .where(payments.c.subscription_id == subscription_id, disputes.c.status == DisputeStatus.OPEN.value)
            .order_by(disputes.c.opened_at)
        )
