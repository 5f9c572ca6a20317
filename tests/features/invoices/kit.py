"""Sample rows and jobs of invoices, used by the kit that checks every feature."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from features.invoices.domain.invoice import RecordKind
from features.invoices.jobs import InvoiceToIssue

_RECEIPT: Final = UUID("0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e16")
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO receipts (id, kind, series, year, number, source_id, payment_id, order_id, customer_id, customer_ref,"
    " plan_name, provider, amount_minor, amount_currency, issuer, issued_at)"
    f" VALUES ('{_RECEIPT}', 'receipt', 'R', 2026, 1, :payment, :payment, :order, :customer, 'Ana', 'Plan', 'acme',"
    f" 2999, 'EUR', 'Kit', {_AT})",
    "INSERT INTO invoice_requests (id, receipt_id, customer_id, tax_id, name, address, asked_at)"
    f" VALUES (gen_random_uuid(), '{_RECEIPT}', :customer, '12345678Z', 'Ana', 'Calle Sierpes 1', {_AT})",
    "INSERT INTO invoice_records (id, position, kind, revision, rejected, receipt_id, customer_id, letters, series,"
    " year, number, kind_of_invoice, issued_on, sold_on, issuer_tax_id, issuer_name, issuer, buyer_tax_id, buyer_name,"
    " buyer_address, description, total_minor, tax_minor, rate, stamp, hash, link, state)"
    f" VALUES (gen_random_uuid(), 1, 'invoice', 1, false, '{_RECEIPT}', :customer, 'A', 'A', 2026, 1, 'F1',"
    " '2026-11-03', '2026-11-03', 'B12345678', 'Kit', 'Kit', '12345678Z', 'Ana', 'Calle Sierpes 1', 'Plan', 2999, 521,"
    " 21, '2026-11-03T12:00:00+01:00', 'hash', 'https://invoice.example/1', 'accepted')",
)
JOBS: Final = (InvoiceToIssue(receipt_id=_RECEIPT, kind=RecordKind.INVOICE, revision=1),)
