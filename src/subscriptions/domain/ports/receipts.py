"""Where numbered receipts are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId


class ReceiptRepository(Protocol):
    """Append-only; the numbers of a series and year have no gap."""

    async def issue(self, receipt: Receipt) -> bool:
        """Give it the next number of its series and write it. False: its source has one of this kind already.

        The series stays locked until the unit of work ends, so this comes last in it.
        """
        ...

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

    async def lacking(self, since: datetime, limit: int) -> Sequence[Payment]:
        """Payments that count, recorded since then, and have no receipt: an earlier version counted them. The oldest
        first."""
        ...

    async def between(self, start: datetime, end: datetime) -> Sequence[Receipt]:
        """Those issued from `start` on and before `end`, by series, year and number."""
        ...
