"""Who wants invoices, and the records of those that are issued here."""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import InvoiceRecord, InvoiceRequest
from subscriptions.domain.ids import CustomerId, PaymentId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class InvoiceReader(Protocol):
    """Requests and records; of records, the chain."""

    async def request_of(self, receipt_id: UUID) -> InvoiceRequest | None: ...
    async def last_request(self, customer_id: CustomerId) -> InvoiceRequest | None:
        """The newest one of a customer that names its buyer."""
        ...

    async def get_last(self) -> InvoiceRecord | None:
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

    async def list_waiting(self, limit: int) -> Sequence[InvoiceRecord]:
        """Those the tax office has not answered, in the order of the chain."""
        ...


INVOICES_KEY: Final = RepositoryKey["InvoiceReader"]("invoices")
