"""In-memory repository of numbered receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.ledger import IMPORT_NOTE, LedgerEntry
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.ids import CustomerId, OrderId, PaymentId
from tests.fakes.memory import Rows, Working


class MemoryReceipts:
    """In-memory ReceiptRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Receipt] = Rows(
            working,
            "receipts",
            lambda r: r.id,
            {
                "one_receipt_per_number": lambda r: (r.series, r.year, r.number),
                "one_receipt_per_source": lambda r: (r.kind, r.source_id),
            },
        )
        self._payments: Rows[Payment] = Rows(working, "payments", lambda p: p.id)
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)
        self._entries: Rows[LedgerEntry] = Rows(working, "ledger_entries", lambda e: e.id)

    async def list_lacking(self, start: datetime, limit: int) -> Sequence[Payment]:
        written = {r.source_id for r in self._rows.all() if r.kind is ReceiptKind.RECEIPT}
        gifts = {o.id for o in self._orders.all() if o.for_another and o.status is OrderStatus.PAID}
        imported = {e.payment_id for e in self._entries.all() if e.note == IMPORT_NOTE}
        found = self._payments.many(
            lambda p: (
                p.flag is None
                and p.id not in imported
                and (p.subscription_id is not None or p.order_id in gifts)
                and p.amount.minor > 0
                and p.recorded_at >= start
                and p.id not in written
            ),
            order=lambda p: (p.recorded_at, p.id),
        )
        return found[:limit]

    async def issue(self, receipt: Receipt) -> bool:
        if self._rows.one(lambda r: (r.kind, r.source_id) == (receipt.kind, receipt.source_id)) is not None:
            return False
        same = self._rows.many(lambda r: (r.series, r.year) == (receipt.series, receipt.year), lambda r: r.number)
        receipt.number = same[-1].number + 1 if same else 1
        return self._rows.add_if_new(receipt)

    async def get(self, receipt_id: UUID) -> Receipt | None:
        return self._rows.one(lambda r: r.id == receipt_id)

    async def of_order(self, order_id: OrderId) -> Sequence[Receipt]:
        return self._rows.many(lambda r: r.order_id == order_id, order=_age)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Receipt]:
        return self._rows.many(lambda r: r.payment_id == payment_id, order=_age)

    async def of_customer(self, customer_id: CustomerId, limit: int) -> Sequence[Receipt]:
        found = self._rows.many(lambda r: r.customer_id == customer_id, order=lambda r: r.id)
        return sorted(found, key=lambda r: (-r.issued_at.timestamp(), -r.number, r.id))[:limit]

    async def list_between(self, start: datetime, end: datetime) -> Sequence[Receipt]:
        return self._rows.many(lambda r: start <= r.issued_at < end, order=lambda r: (r.series, r.year, r.number))


def _age(receipt: Receipt) -> tuple[datetime, int, UUID]:
    return receipt.issued_at, receipt.number, receipt.id
