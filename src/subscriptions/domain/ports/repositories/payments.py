"""Repositories of payments, reversals and numbered receipts, for reading."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

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
    """Read access to numbered receipts."""

    async def get(self, receipt_id: UUID) -> Receipt | None: ...
    async def of_order(self, order_id: OrderId) -> Sequence[Receipt]:
        """Return the receipts of an order, the oldest first."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Receipt]:
        """Return a payment's receipt and its corrections, the oldest first."""
        ...

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Receipt]:
        """Return a customer's receipts, the newest first."""
        ...

    async def list_lacking(self, start: datetime, limit: int) -> Sequence[Payment]:
        """Return the payments recorded since `start` that are not under review and lack a receipt because an earlier
        version recorded them, the oldest first. Payments that were made in another system are left out.
        """
        ...

    async def list_between(self, start: datetime, end: datetime) -> Sequence[Receipt]:
        """Return the receipts issued from `start` until before `end`, ordered by series, year and number."""
        ...


class PaymentReader(Protocol):
    """Read access to payments."""

    async def get(self, payment_id: PaymentId) -> Payment | None: ...
    async def with_ids(self, payment_ids: Collection[PaymentId]) -> Sequence[Payment]:
        """Return the existing payments with these ids, ordered by id."""
        ...

    async def by_key(self, provider: str, payment_key: str) -> Payment | None: ...
    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Payment]:
        """Return a customer's payments, the newest first."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Payment]: ...
    async def list_unlisted(
        self, provider: str, start: datetime, end: datetime, keys: Collection[str], limit: int
    ) -> Sequence[Payment]:
        """Return the payments at one provider from `start` until before `end` whose keys are not in `keys`, the oldest
        first.
        """
        ...

    async def waiting_parts(self, order_ids: Collection[OrderId]) -> Sequence[Payment]:
        """Return the captured partial payments of orders that are not fully paid, the oldest first."""
        ...


class ReversalReader(Protocol):
    """Read access to refunds and disputes."""

    async def get_refund(self, refund_id: UUID) -> Refund | None: ...
    async def refund_by_key(self, provider: str, refund_key: str) -> Refund | None: ...
    async def refunds_of(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Return a payment's refunds, in the order in which they occurred."""
        ...

    async def get_dispute(self, dispute_id: UUID) -> Dispute | None: ...
    async def dispute_by_key(self, provider: str, dispute_key: str) -> Dispute | None: ...
    async def disputes_of(self, payment_ids: Collection[PaymentId]) -> Sequence[Dispute]:
        """Return the payments' disputes, in the order in which they were opened."""
        ...

    async def open_disputes(self, subscription_id: SubscriptionId) -> Sequence[Dispute]:
        """Return the open disputes about a subscription's payments, which suspend its access."""
        ...
