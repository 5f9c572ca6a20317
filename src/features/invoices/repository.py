"""Repository of invoice requests and invoice records in PostgreSQL."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select, update

from features.invoices.domain.invoice import Buyer, InvoiceRecord, InvoiceRequest, RecordState
from features.invoices.ports import INVOICES_KEY
from features.invoices.tables import invoice_records, invoice_requests
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, PaymentId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import receipts
from subscriptions.infrastructure.repositories.number_series import next_number
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

REQUEST: Final = RowMapper(InvoiceRequest)
RECORD: Final = RowMapper(InvoiceRecord)
_LAST_ASKED: Final = (invoice_requests.c.asked_at.desc(), invoice_requests.c.id)
_NEWEST: Final = (invoice_records.c.position.desc(),)
_IS_WAITING: Final = verbatim(f"state = '{RecordState.WAITING}'")


class SqlInvoiceRepository(Repository[UUID, InvoiceRecord]):
    """InvoiceRepository in PostgreSQL."""

    key: ClassVar = INVOICES_KEY

    table = invoice_records
    mapper = RECORD

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._requests = TableStore(unit, invoice_requests, REQUEST)

    async def ask(self, request: InvoiceRequest) -> bool:
        """Add an invoice request. Return False if an invoice for this receipt was requested before."""
        return await self._requests.add_if_new(request)

    async def request_of(self, receipt_id: UUID) -> InvoiceRequest | None:
        """Return the request for a receipt; None if no invoice was requested."""
        return await self._requests.one(receipt_id=receipt_id)

    async def last_request(self, customer_id: CustomerId) -> InvoiceRequest | None:
        """Implements `InvoiceRepository.last_request`."""
        newest = await self._requests.many(customer_id=customer_id, order=_LAST_ASKED)
        return next((request for request in newest if request.tax_id), None)

    async def change_buyer(self, request_id: UUID, buyer: Buyer) -> None:
        """Implements `InvoiceRepository.change_buyer`."""
        mine = update(invoice_requests).where(invoice_requests.c.id == request_id)
        await self._requests.run(mine.values(**vars(buyer)))

    async def append(self, record: InvoiceRecord) -> bool:
        """Implements `InvoiceRepository.append`."""
        same_record = await self._rows.one(
            receipt_id=record.receipt_id,
            kind_of_invoice=record.kind_of_invoice.value,
            kind=record.kind.value,
            revision=record.revision,
        )
        if same_record is not None:
            return False
        if not await self._rows.add_if_new(record):
            raise RetryLater("another record of an invoice was made at the same moment")
        return True

    async def next_number(self, series: str, year: int) -> int:
        """Return the next invoice number of the series and year, without gaps, as for receipts."""
        return await next_number(self._unit, series, year)

    async def get_last(self) -> InvoiceRecord | None:
        """Return the last record of the chain; None for an empty chain."""
        newest = await self._rows.all(select(invoice_records).order_by(*_NEWEST).limit(1))
        return newest[0] if newest else None

    async def of_receipt(self, receipt_id: UUID) -> Sequence[InvoiceRecord]:
        """Return the records of a receipt, the newest first."""
        return await self._rows.many(receipt_id=receipt_id, order=_NEWEST)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[InvoiceRecord]:
        """Return the records of a payment, in the order of the chain."""
        of_receipts = select(invoice_records).join(receipts, receipts.c.id == invoice_records.c.receipt_id)
        mine = of_receipts.where(receipts.c.payment_id == payment_id)
        return await self._rows.all(mine.order_by(invoice_records.c.position))

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[InvoiceRecord]:
        """Return a customer's records, the newest first."""
        mine = select(invoice_records).where(invoice_records.c.customer_id == customer_id)
        return await self._rows.all(mine.order_by(*_NEWEST).limit(limit))

    async def list_waiting(self, limit: int) -> Sequence[InvoiceRecord]:
        """Return the records without a response from the tax office, in the order of the chain."""
        statement = select(invoice_records).where(_IS_WAITING)
        return await self._rows.all(statement.order_by(invoice_records.c.position).limit(limit))

    async def save_answer(self, record: InvoiceRecord) -> None:
        """Implements `InvoiceRepository.save_answer`."""
        answer = {name: getattr(record, name) for name in ("state", "code", "reason", "csv", "sent_at")}
        await self._rows.run(update(invoice_records).where(invoice_records.c.id == record.id).values(**answer))


REPOSITORIES: Final = (SqlInvoiceRepository,)
