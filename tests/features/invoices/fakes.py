"""A shop that issues invoices through the tax office."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from features.invoices.domain.chain import hash_of, link_of
from features.invoices.domain.invoice import (
    Buyer,
    InvoiceIssuer,
    InvoiceKind,
    InvoiceRecord,
    Invoicing,
    Issuer,
    RecordKind,
)
from features.invoices.ports import INVOICES_KEY
from features.invoices.use_cases.invoice_receipt import InvoiceReceipt
from features.invoices.use_cases.issue_invoice import IssueInvoice
from features.invoices.use_cases.request_invoice import RequestInvoice
from subscriptions.domain.ids import CustomerId, new_uuid
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY, Shop, memory_shop

ISSUER = Issuer(tax_id="B12345674", name="RETADOR SL", series="F", office="https://prewww2.aeat.es")
ANA = Buyer(tax_id="12.345.678-z", name=" Ana  García ", address="Calle Mayor 1, 28013 Madrid")


@dataclasses.dataclass
class Counter:
    """Use cases of a shop that request and issue invoices."""

    shop: Shop
    invoicing: Invoicing
    issuer: Issuer = ISSUER

    @property
    def issue_invoice(self) -> IssueInvoice:
        return IssueInvoice(self.shop.units, self.shop.clock, self.issuer, POLICY.zones.home)

    @property
    def request_invoice(self) -> RequestInvoice:
        return RequestInvoice(self.shop.units, self.shop.clock, lambda: self.invoicing)

    async def work(self) -> None:
        """Run the jobs that issue invoices."""
        for payload in await self.shop.jobs("core.issue_invoice"):
            await self.issue_invoice(UUID(payload["receipt_id"]), RecordKind(payload["kind"]), payload["revision"])

    async def chain(self) -> list[InvoiceRecord]:
        async with self.shop.units() as uow:
            return list(await uow.of(INVOICES_KEY).list_waiting(100))


def counter(*, simplified: bool = False) -> Counter:
    """Build a shop that issues invoices. simplified: True if each sale gets a simplified invoice."""
    policy = dataclasses.replace(POLICY, legal_identity="Retador S.L., Calle Mayor 1, Madrid", vat_rate=Decimal(21))
    invoicing = Invoicing(way=InvoiceIssuer.VERIFACTU, simplified=simplified)
    return Counter(memory_shop(policy, follow_receipts=[InvoiceReceipt(lambda: invoicing)]), invoicing)


def record(**more: Any) -> InvoiceRecord:
    """Return the first invoice record of a chain."""
    values: dict[str, Any] = {
        "id": new_uuid(),
        "position": 1,
        "kind": RecordKind.INVOICE,
        "receipt_id": new_uuid(),
        "customer_id": CustomerId(new_uuid()),
        "letters": "F",
        "series": "F",
        "year": 2026,
        "number": 1,
        "kind_of_invoice": InvoiceKind.FULL,
        "issued_on": date(2026, 11, 25),
        "sold_on": date(2026, 11, 24),
        "issuer_tax_id": ISSUER.tax_id,
        "issuer_name": ISSUER.name,
        "issuer": "Retador S.L., Calle Mayor 1, Madrid",
        "buyer_tax_id": "12345678Z",
        "buyer_name": "Ana García",
        "buyer_address": "Calle Mayor 1, 28013 Madrid",
        "description": "Retabet",
        "total_minor": 2999,
        "tax_minor": 520,
        "rate": Decimal("21.00"),
        "stamp": NOON.isoformat(timespec="seconds"),
        "hash": "",
        "link": "",
    }
    return sealed(InvoiceRecord(**(values | more)))


def after(before: InvoiceRecord, **more: Any) -> InvoiceRecord:
    """Return the invoice record that follows `before` in the chain."""
    following = dataclasses.replace(
        before,
        id=new_uuid(),
        position=before.position + 1,
        number=before.number + 1,
        before=before.label,
        before_on=before.issued_on,
        before_hash=before.hash,
    )
    return sealed(dataclasses.replace(following, **more))


def sealed(made: InvoiceRecord) -> InvoiceRecord:
    made.hash, made.link = hash_of(made), link_of(made, ISSUER.office)
    return made
