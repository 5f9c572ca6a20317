"""Writing ports for invoice requests and invoice records."""

from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import Buyer, InvoiceRecord, InvoiceRequest
from subscriptions.domain.ports.repositories.invoices import InvoiceReader
from subscriptions.domain.ports.writing import Writer


class InvoiceRepository(InvoiceReader, Protocol):
    """Invoice requests and records. Records are append-only, except for the tax office's response. Their chain and the
    numbers of a series and year have no gap.
    """

    async def ask(self, request: InvoiceRequest) -> bool:
        """Add an invoice request. Return False if an invoice for this receipt was requested before."""
        ...

    async def change_buyer(self, request_id: UUID, buyer: Buyer) -> None: ...

    async def append(self, record: InvoiceRecord) -> bool:
        """Append a record. Return False if the invoice has this record already. Raises RetryLater if another record was
        appended at the same time.
        """
        ...

    async def next_number(self, series: str, year: int) -> int:
        """Return the next number. The series stays locked until the unit of work ends; a rollback returns the
        number.
        """
        ...

    async def save_answer(self, record: InvoiceRecord) -> None:
        """Save the tax office's response and no other field of the record."""
        ...


INVOICES: Final = Writer[InvoiceRepository]("invoices")
