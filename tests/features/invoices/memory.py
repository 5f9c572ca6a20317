"""In-memory repository of invoice requests and of the records of issued invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from features.invoices.domain.invoice import Buyer, InvoiceRecord, InvoiceRequest, RecordState
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, PaymentId
from tests.fakes.memory import Rows, Working


class MemoryInvoices:
    """In-memory InvoiceRepository."""

    def __init__(self, working: Working) -> None:
        self._requests: Rows[InvoiceRequest] = Rows(
            working, "invoice_requests", lambda i: i.id, {"one_invoice_request_per_receipt": lambda i: i.receipt_id}
        )
        self._records: Rows[InvoiceRecord] = Rows(
            working,
            "invoice_records",
            lambda r: r.id,
            {
                "one_record_per_position": lambda r: r.position,
                "one_record_per_revision": lambda r: (r.receipt_id, r.kind_of_invoice, r.kind, r.revision),
                "one_invoice_per_number": lambda r: (r.series, r.year, r.number, r.kind, r.revision),
            },
        )

        self._receipts: Rows[Receipt] = Rows(working, "receipts", lambda r: r.id)

    async def ask(self, request: InvoiceRequest) -> bool:
        return self._requests.add_if_new(request)

    async def request_of(self, receipt_id: UUID) -> InvoiceRequest | None:
        return self._requests.one(lambda i: i.receipt_id == receipt_id)

    async def last_request(self, customer_id: CustomerId) -> InvoiceRequest | None:
        found = self._requests.many(
            lambda i: i.customer_id == customer_id and i.tax_id != "", order=lambda i: (i.asked_at, i.id)
        )
        return found[-1] if found else None

    async def change_buyer(self, request_id: UUID, buyer: Buyer) -> None:
        request = self._requests.one(lambda i: i.id == request_id)
        if request is not None:
            self._requests.save(replace(request, **vars(buyer)))

    async def append(self, record: InvoiceRecord) -> bool:
        there = (record.receipt_id, record.kind_of_invoice, record.kind, record.revision)
        if self._records.one(lambda r: (r.receipt_id, r.kind_of_invoice, r.kind, r.revision) == there) is not None:
            return False
        if not self._records.add_if_new(record):
            raise RetryLater("another record of an invoice was made at the same moment")
        return True

    async def next_number(self, series: str, year: int) -> int:
        return max((r.number for r in self._records.all() if (r.series, r.year) == (series, year)), default=0) + 1

    async def get_last(self) -> InvoiceRecord | None:
        return next(iter(self._newest()), None)

    async def get(self, record_id: UUID) -> InvoiceRecord | None:
        return self._records.one(lambda r: r.id == record_id)

    async def of_receipt(self, receipt_id: UUID) -> Sequence[InvoiceRecord]:
        return [each for each in self._newest() if each.receipt_id == receipt_id]

    async def of_payment(self, payment_id: PaymentId) -> Sequence[InvoiceRecord]:
        receipts = {each.id for each in self._receipts.all() if each.payment_id == payment_id}
        return [each for each in reversed(self._newest()) if each.receipt_id in receipts]

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[InvoiceRecord]:
        return [each for each in self._newest() if each.customer_id == customer_id][:limit]

    async def list_waiting(self, limit: int) -> Sequence[InvoiceRecord]:
        return self._records.many(lambda r: r.state is RecordState.WAITING, order=lambda r: r.position)[:limit]

    async def save_answer(self, record: InvoiceRecord) -> None:
        self._records.save(record)

    def _newest(self) -> list[InvoiceRecord]:
        return self._records.many(lambda r: True, order=lambda r: -r.position)


REPOSITORIES = {"invoices": MemoryInvoices}
