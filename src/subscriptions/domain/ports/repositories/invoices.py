"""Repository of invoice requests and invoice records."""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import InvoiceRecord, InvoiceRequest
from subscriptions.domain.ids import CustomerId, PaymentId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class InvoiceReader(Protocol):
    """Read access to invoice requests and to the chain of invoice records."""

    async def request_of(self, receipt_id: UUID) -> InvoiceRequest | None: ...
    async def last_request(self, customer_id: CustomerId) -> InvoiceRequest | None:
        """Return the customer's newest request with a named buyer."""
        ...

    async def get_last(self) -> InvoiceRecord | None:
        """Return the last record of the chain."""
        ...

    async def get(self, record_id: UUID) -> InvoiceRecord | None: ...
    async def of_receipt(self, receipt_id: UUID) -> Sequence[InvoiceRecord]:
        """Return the records of a receipt, the newest first."""
        ...

    async def of_payment(self, payment_id: PaymentId) -> Sequence[InvoiceRecord]:
        """Return the records of a payment's receipt and of its corrections, in the order of the chain."""
        ...

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[InvoiceRecord]:
        """Return a customer's records, the newest first."""
        ...

    async def list_waiting(self, limit: int) -> Sequence[InvoiceRecord]:
        """Return the records without a response from the tax office, in the order of the chain."""
        ...


INVOICES_KEY: Final = RepositoryKey["InvoiceReader"]("invoices")
