"""Used promotions and open checkouts have their reservations after the upgrade."""

from __future__ import annotations

from typing import Final

import asyncpg

from subscriptions.bootstrap import migrate
from tests.support.postgres import in_own_thread

REVISION, BEFORE = "082_reserve_promotions", "081_note_since_when_withheld"
ID: Final = "00000000-0000-4000-8000-0000000000"

# The plans do not matter here, so none need to exist.
FILL: Final = f"""
ALTER TABLE orders DROP CONSTRAINT fk_orders_plan_id;
INSERT INTO customers (id, telegram_id, first_name, language, created_at) VALUES ('{ID}aa', 7, 'Ana', 'es', now());
INSERT INTO promotions (id, code, percent, first_only, once, uses, created_at)
VALUES ('{ID}01', 'ONE', 20, true, true, NULL, now()), ('{ID}02', 'TWO', 20, true, false, 2, now());
INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring, interval_count,
    trial_days, created_at, expires_at)
SELECT ('{ID}' || number)::uuid, '{ID}aa', ('{ID}' || number)::uuid, status, 2999, 'EUR', false, 1, 0, now(), now()
FROM (VALUES (11, 'paid'), (12, 'paid'), (13, 'open'), (14, 'open'), (15, 'expired')) AS known(number, status);
INSERT INTO promotion_uses (order_id, promotion_id, customer_id, discount_minor, discount_currency, days, used_at)
SELECT ('{ID}' || number)::uuid, ('{ID}0' || promotion)::uuid, '{ID}aa', 100, 'EUR', 0, now()
FROM (VALUES (11, 1), (12, 2)) AS known(number, promotion);
INSERT INTO checkout_attempts (order_id, number, provider, status, promotion_id, created_at, expires_at)
SELECT ('{ID}' || number)::uuid, number * 10 + promotion, 'acme', 'open', ('{ID}0' || promotion)::uuid,
    now() + number * interval '1 s', now()
FROM (VALUES (11, 1), (12, 2), (13, 1), (13, 2), (14, 2), (15, 2)) AS known(number, promotion);
"""
KEPT: Final = """
SELECT right(order_id::text, 2), right(promotion_id::text, 1), place FROM promotion_reservations ORDER BY 2, place
"""


async def test_each_use_and_each_open_checkout_has_its_row(empty_database_url: str) -> None:
    in_own_thread(lambda: migrate.upgrade(empty_database_url, BEFORE))
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute(FILL)
        in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
        kept = [tuple(row) for row in await connection.fetch(KEPT)]
        assert kept == [("11", "1", None), ("12", "2", 1), ("13", "2", 2)], "no more than there are"
        in_own_thread(lambda: migrate.downgrade(empty_database_url, BEFORE))
        in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
        assert [tuple(row) for row in await connection.fetch(KEPT)] == kept
    finally:
        await connection.close()
