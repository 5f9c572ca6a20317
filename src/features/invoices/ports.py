"""Ports of the feature: the repository, and the tax office that receives invoice records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from features.invoices.domain.invoice import Buyer, InvoiceRecord, InvoiceRequest, RecordState
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId, PaymentId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class InvoiceRepository(Protocol):
    """Repository of invoice requests and records. Records are append-only, except for the tax office's response.
    Neither the chain of records nor the invoice numbers of a series and year have gaps.
    """

    async def request_of(self, receipt_id: UUID) -> InvoiceRequest | None: ...
    async def last_request(self, customer_id: CustomerId) -> InvoiceRequest | None:
        """Return the customer's newest request with a named buyer; None if there is none."""
        ...

    async def get_last(self) -> InvoiceRecord | None:
        """Return the last record of the chain; None for an empty chain."""
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

    async def ask(self, request: InvoiceRequest) -> bool:
        """Add an invoice request. Return False if an invoice for this receipt was requested before."""
        ...

    async def change_buyer(self, request_id: UUID, buyer: Buyer) -> None: ...

    async def append(self, record: InvoiceRecord) -> bool:
        """Append a record to the chain. Return False if the invoice already has this record. Raises RetryLater if
        another record was appended at the same time.
        """
        ...

    async def next_number(self, series: str, year: int) -> int:
        """Return the next invoice number of a series and year. The series stays locked until the unit of work ends. If
        the unit of work is rolled back, the number remains available.
        """
        ...

    async def save_answer(self, record: InvoiceRecord) -> None:
        """Save the tax office's response and no other field of the record."""
        ...


INVOICES_KEY: Final = RepositoryKey["InvoiceRepository"]("invoices")

AT_ONCE: Final = 1000
"""Maximum number of records in one call to the tax office."""


class TaxOfficeFailed(UmbralError):
    """Error: a call to the tax office failed as a whole, because the office did not respond or refused the call. No
    record was accepted, so the call may be repeated.
    """


@dataclass(frozen=True, kw_only=True)
class RecordAnswer:
    """Tax office's response for one record."""

    state: RecordState
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OfficeAnswer:
    """Response of the tax office.

    records: results by record id
    csv: receipt of the tax office
    wait: minimum time before the next call
    """

    records: Mapping[UUID, RecordAnswer]
    csv: str | None
    wait: timedelta


class TaxOffice(Protocol):
    """Port of the tax office. Records are sent in the order of their chain; sending a record again changes nothing."""

    async def send(self, records: Sequence[InvoiceRecord], *, is_late: bool) -> OfficeAnswer:
        """Send at most AT_ONCE records. is_late: True if the records could not be sent when they were created. Raises
        TaxOfficeFailed if the tax office does not respond or refuses the call.
        """
        ...
