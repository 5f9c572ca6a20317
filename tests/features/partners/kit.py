"""Sample rows and jobs of partners, used by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

from features.partners.jobs import CommissionToReconcile
from subscriptions.domain.ids import PaymentId, new_uuid

_PARTNER: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e12'"
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    f"INSERT INTO partners (id, code, customer_id, created_at) VALUES ({_PARTNER}, 'SOCIA', :customer, {_AT})",
    "INSERT INTO partner_terms (partner_id, number, basis_points, counts, months, hold_days, since)"
    f" VALUES ({_PARTNER}, 1, 2000, 'each', 12, 30, {_AT})",
    "INSERT INTO partner_entries (id, partner_id, kind, payment_id, number, amount_minor, amount_currency, held_until,"
    f" reference, at) VALUES (gen_random_uuid(), {_PARTNER}, 'earned', :payment, 1, 598, 'EUR', {_AT}, '', {_AT})",
)
JOBS: Final = (CommissionToReconcile(payment_id=PaymentId(new_uuid())),)
