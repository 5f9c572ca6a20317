"""Sample rows of receipts, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO receipt_series (series, year, last_number) VALUES ('R', 2026, 1)",
    "INSERT INTO receipts (id, kind, series, year, number, source_id, payment_id, order_id, customer_id, customer_ref,"
    " plan_name, provider, amount_minor, amount_currency, issuer, issued_at)"
    " VALUES (gen_random_uuid(), 'receipt', 'R', 2026, 1, :payment, :payment, :order, :customer, 'Ana', 'Plan', 'acme',"
    f" 2999, 'EUR', 'Kit', {_AT})",
)
