"""Writing money facts, what went back, and numbered receipts."""

from typing import Final, Protocol

from subscriptions.domain.entities.dispute_response import DisputeResponse
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.ports.repositories.payments import PaymentReader, ReceiptReader, ReversalReader
from subscriptions.domain.ports.writing import Writer


class PaymentRepository(PaymentReader, Protocol):
    """Money facts."""

    async def add_if_new(self, payment: Payment) -> bool:
        """False: this money is recorded already."""
        ...

    async def save(self, payment: Payment) -> None: ...


class ReversalRepository(ReversalReader, Protocol):
    """Refunds and disputes."""

    async def add_refund_if_new(self, refund: Refund) -> bool:
        """False: this refund is recorded already."""
        ...

    async def save_refund(self, refund: Refund) -> None: ...
    async def save_dispute(self, dispute: Dispute) -> None: ...
    async def add_response_if_new(self, response: DisputeResponse) -> bool:
        """False: this dispute has one already."""
        ...

    async def save_response(self, response: DisputeResponse) -> None: ...


class ReceiptRepository(ReceiptReader, Protocol):
    """Append-only; the numbers of a series and year have no gap."""

    async def issue(self, receipt: Receipt) -> bool:
        """Give it the next number of its series and write it. False: its source has one of this kind already.

        The series stays locked until the unit of work ends, so this comes last in it.
        """
        ...


PAYMENTS: Final = Writer[PaymentRepository]("payments")
REVERSALS: Final = Writer[ReversalRepository]("reversals")
RECEIPTS: Final = Writer[ReceiptRepository]("receipts")
