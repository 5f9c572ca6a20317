"""In-memory repository of refunds, disputes and dispute responses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.ids import PaymentId, SubscriptionId
from tests.fakes.memory import Rows, Working


class MemoryReversals:
    """In-memory ReversalRepository."""

    def __init__(self, working: Working) -> None:
        self._refunds: Rows[Refund] = Rows(
            working, "refunds", lambda r: r.id, {"one_refund_per_provider_key": lambda r: (r.provider, r.refund_key)}
        )
        self._disputes: Rows[Dispute] = Rows(
            working, "disputes", lambda d: d.id, {"one_dispute_per_provider_key": lambda d: (d.provider, d.dispute_key)}
        )
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)

    async def add_refund_if_new(self, refund: Refund) -> bool:
        return self._refunds.add_if_new(refund)

    async def get_refund(self, refund_id: UUID) -> Refund | None:
        return self._refunds.one(lambda r: r.id == refund_id)

    async def refund_by_key(self, provider: str, refund_key: str) -> Refund | None:
        return self._refunds.one(lambda r: (r.provider, r.refund_key) == (provider, refund_key))

    async def save_refund(self, refund: Refund) -> None:
        self._refunds.save(refund)

    async def refunds_of(self, payment_id: PaymentId) -> Sequence[Refund]:
        return self._refunds.many(lambda r: r.payment_id == payment_id, order=lambda r: r.occurred_at)

    async def get_dispute(self, dispute_id: UUID) -> Dispute | None:
        return self._disputes.one(lambda d: d.id == dispute_id)

    async def dispute_by_key(self, provider: str, dispute_key: str) -> Dispute | None:
        return self._disputes.one(lambda d: (d.provider, d.dispute_key) == (provider, dispute_key))

    async def save_dispute(self, dispute: Dispute) -> None:
        self._disputes.save(dispute)

    async def disputes_of(self, payment_ids: Collection[PaymentId]) -> Sequence[Dispute]:
        return self._disputes.many(lambda d: d.payment_id in payment_ids, order=lambda d: (d.opened_at, d.id))

    async def open_disputes(self, subscription_id: SubscriptionId) -> Sequence[Dispute]:
        paid = {p.id for p in self._payments.all() if p.subscription_id == subscription_id}
        return self._disputes.many(
            lambda d: d.payment_id in paid and d.status is DisputeStatus.OPEN, order=lambda d: d.opened_at
        )
