"""Who wants invoices, and the records of those that are issued here."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import Buyer, InvoiceRecord, InvoiceRequest
from subscriptions.domain.ids import CustomerId, PaymentId


class InvoiceRepository(Protocol):
    """Records are append-only, but for what the tax office answered; their chain and the numbers of a series and year
    have no gap.
    """

    async def ask(self, request: InvoiceRequest) -> bool:
        """False: an invoice of its receipt was asked for already."""
        ...

    async def request_of(self, receipt_id: UUID) -> InvoiceRequest | None: ...
    async def last_request(self, customer_id: CustomerId) -> InvoiceRequest | None:
        """The newest one of a customer that names its buyer."""
        ...

    async def change_buyer(self, request_id: UUID, buyer: Buyer) -> None: ...

    async def append(self, record: InvoiceRecord) -> bool:
        """False: its invoice has this record already. Raises RetryLater where another was appended meanwhile."""
        ...

    async def next_number(self, series: str, year: int) -> int:
        """The series stays locked until the unit of work ends; what is rolled back gives its number back."""
        ...

    async def last(self) -> InvoiceRecord | None:
        """The end of the chain."""
        ...

    async def get(self, record_id: UUID) -> InvoiceRecord | None: ...
    async def of_receipt(self, receipt_id: UUID) -> Sequence[InvoiceRecord]:
        """The newest first."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[InvoiceRecord]:
        """Of its receipt and of what corrects that, in the order of the chain."""
        ...

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[InvoiceRecord]:
        """The newest first."""
        ...

    async def waiting(self, limit: int) -> Sequence[InvoiceRecord]:
        """Those the tax office has not answered, in the order of the chain."""
        ...

    async def save_answer(self, record: InvoiceRecord) -> None:
        """Write what the tax office answered, and nothing else of it."""
        ...
