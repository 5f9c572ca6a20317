"""Writing who wants invoices, and the records of those that are issued here."""

from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import Buyer, InvoiceRecord, InvoiceRequest
from subscriptions.domain.ports.repositories.invoices import InvoiceReader
from subscriptions.domain.ports.writing import Writer


class InvoiceRepository(InvoiceReader, Protocol):
    """Records are append-only, but for what the tax office answered; their chain and the numbers of a series and year
    have no gap.
    """

    async def ask(self, request: InvoiceRequest) -> bool:
        """False: an invoice of its receipt was asked for already."""
        ...

    async def change_buyer(self, request_id: UUID, buyer: Buyer) -> None: ...

    async def append(self, record: InvoiceRecord) -> bool:
        """False: its invoice has this record already. Raises RetryLater where another was appended meanwhile."""
        ...

    async def next_number(self, series: str, year: int) -> int:
        """The series stays locked until the unit of work ends; what is rolled back gives its number back."""
        ...

    async def save_answer(self, record: InvoiceRecord) -> None:
        """Write what the tax office answered, and nothing else of it."""
        ...


INVOICES: Final = Writer[InvoiceRepository]("invoices")
