"""Writing ports of payments, reversals and numbered receipts."""

from typing import Final, Protocol

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.ports.repositories.payments import PaymentReader, ReceiptReader, ReversalReader
from subscriptions.domain.ports.writing import Writer


class PaymentRepository(PaymentReader, Protocol):
    """Repository of payments."""

    async def add_if_new(self, payment: Payment) -> bool:
        """Add a payment. Return False if it is recorded already."""
        ...

    async def save(self, payment: Payment) -> None: ...


class ReversalRepository(ReversalReader, Protocol):
    """Repository of refunds and disputes."""

    async def add_refund_if_new(self, refund: Refund) -> bool:
        """Add a refund. Return False if it is recorded already."""
        ...

    async def save_refund(self, refund: Refund) -> None: ...
    async def save_dispute(self, dispute: Dispute) -> None: ...


class ReceiptRepository(ReceiptReader, Protocol):
    """Append-only repository of receipts; the numbers of a series and year have no gap."""

    async def issue(self, receipt: Receipt) -> bool:
        """Assign the next number of the series and store the receipt. Return False if the receipt's source already has
        a receipt of this kind.

        The series stays locked until the unit of work ends, so call this method last.
        """
        ...


PAYMENTS: Final = Writer[PaymentRepository]("payments")
REVERSALS: Final = Writer[ReversalRepository]("reversals")
RECEIPTS: Final = Writer[ReceiptRepository]("receipts")
