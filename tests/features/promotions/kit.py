"""Sample rows of promotions, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

_PROMOTION: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e41'"
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO promotions (id, code, percent, plan_id, first_only, once, created_at)"
    f" VALUES ({_PROMOTION}, 'VERANO10', 10, :plan, false, true, {_AT})",
    f"INSERT INTO promotion_claims (customer_id, promotion_id, claimed_at) VALUES (:customer, {_PROMOTION}, {_AT})",
    "INSERT INTO promotion_reservations (order_id, promotion_id, customer_id, once, reserved_at)"
    f" VALUES (:order, {_PROMOTION}, :customer, true, {_AT})",
)
