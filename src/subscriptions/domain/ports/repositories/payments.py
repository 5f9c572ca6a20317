"""Money facts, what went back, and numbered receipts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.dispute_response import DisputeResponse
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.ids import (
    CustomerId,
    OrderId,
    PaymentId,
    SubscriptionId,
)


class ReceiptReader(Protocol):
    """Numbered receipts."""

    async def get(self, receipt_id: UUID) -> Receipt | None: ...
    async def of_order(self, order_id: OrderId) -> Sequence[Receipt]:
        """The oldest first."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Receipt]:
        """The payment's own and what corrects it, the oldest first."""
        ...

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Receipt]:
        """The newest first."""
        ...

    async def list_lacking(self, start: datetime, limit: int) -> Sequence[Payment]:
        """Payments that count, recorded since then, and have no receipt: an earlier version counted them. The oldest
        first."""
        ...

    async def list_between(self, start: datetime, end: datetime) -> Sequence[Receipt]:
        """Those issued from `start` on and before `end`, by series, year and number."""
        ...


class PaymentReader(Protocol):
    """Money facts."""

    async def get(self, payment_id: PaymentId) -> Payment | None: ...
    async def with_ids(self, payment_ids: Collection[PaymentId]) -> Sequence[Payment]:
        """Those of these ids that exist, by id."""
        ...

    async def by_key(self, provider: str, payment_key: str) -> Payment | None: ...
    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Payment]:
        """The newest first."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Payment]: ...
    async def list_unlisted(
        self, provider: str, start: datetime, end: datetime, keys: Collection[str], limit: int
    ) -> Sequence[Payment]:
        """Those at one provider of a span of time whose keys are not among these, the oldest first."""
        ...

    async def waiting_parts(self, order_ids: Collection[OrderId]) -> Sequence[Payment]:
        """Captured parts of orders that are not paid in full, the oldest first."""
        ...


class ReversalReader(Protocol):
    """Refunds and disputes."""

    async def get_refund(self, refund_id: UUID) -> Refund | None: ...
    async def refund_by_key(self, provider: str, refund_key: str) -> Refund | None: ...
    async def refunds_of(self, payment_id: PaymentId) -> Sequence[Refund]:
        """In the order they happened."""
        ...

    async def get_dispute(self, dispute_id: UUID) -> Dispute | None: ...
    async def dispute_by_key(self, provider: str, dispute_key: str) -> Dispute | None: ...
    async def disputes_of(self, payment_ids: Collection[PaymentId]) -> Sequence[Dispute]:
        """In the order they were opened."""
        ...

    async def get_response(self, dispute_id: UUID, *, lock: bool = False) -> DisputeResponse | None:
        """What is answered to a dispute."""
        ...

    async def responses_of(self, payment_ids: Collection[PaymentId]) -> Sequence[DisputeResponse]:
        """In the order they were offered."""
        ...

    async def open_disputes(self, subscription_id: SubscriptionId) -> Sequence[Dispute]:
        """Those about payments of a subscription that hold its access back."""
        ...
