"""Sample rows of withdrawals, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO declarations (id, order_id, customer_id, kind, begins, acknowledges, words, language, version,"
    " declared_at)"
    f" VALUES (gen_random_uuid(), :order, :customer, 'service', true, true, 'Empieza ya', 'es', '1', {_AT})",
    "INSERT INTO withdrawals (id, order_id, customer_id, plan_name, name, contract_at, declared_at, amount_minor,"
    " amount_currency, automatic, refund_due)"
    f" VALUES (gen_random_uuid(), :order, :customer, 'Plan', 'Ana', {_AT}, {_AT}, 2999, 'EUR', true, {_AT})",
)
