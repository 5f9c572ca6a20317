"""Rows of gifts for the kit that checks every feature: a gift that waits for payment, and a paid gift whose code was
opened.
"""

from __future__ import annotations

from typing import Final

_GIFT: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e51'"
_AT: Final = "'2026-11-03 12:00+00'"
_ORDERS: Final = (
    "INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring, interval_count,"
    " duration_days, trial_days, gift, created_at, expires_at, paid_at)"
)
ROWS: Final = (
    f"{_ORDERS} VALUES (gen_random_uuid(), :customer, :plan, 'open', 2999, 'EUR', false, 1, 30, 0, true, {_AT}, {_AT},"
    " NULL)",
    f"{_ORDERS} VALUES ({_GIFT}, :customer, :plan, 'paid', 2999, 'EUR', false, 1, 30, 0, true, {_AT}, {_AT}, {_AT})",
    "INSERT INTO payments (id, provider, payment_key, customer_id, order_id, amount_minor, amount_currency, is_renewal,"
    " occurred_at, recorded_at, status)"
    f" VALUES (gen_random_uuid(), 'acme', 'pay-gift', :customer, {_GIFT}, 2999, 'EUR', false, {_AT}, {_AT},"
    " 'captured')",
    "INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at,"
    " expires_at, note, campaign, opened, used_at, used_by, subscription_id, order_id)"
    f" VALUES (gen_random_uuid(), 'GIFTGIFTGIFTGIFT', :plan, 2999, 'EUR', 30, {_AT}, {_AT}, '', '', 1, {_AT},"
    f" :customer, :subscription, {_GIFT})",
)
