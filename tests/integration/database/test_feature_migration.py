"""Check that features in use remain on after the upgrade of an installation."""

from __future__ import annotations

from typing import Final

import asyncpg
import pytest

from subscriptions.bootstrap import migrate
from tests.support.postgres import in_own_thread
from tests.upgrade import earlier

GIFTS: Final = ("179_seal_settings", "180_keep_gifts_and_promotions")
MINI_APP: Final = ("182_index_tags", "183_keep_mini_app_and_mcp")
ID: Final = "00000000-0000-4000-8000-0000000000"
CHOICES: Final = "SELECT name, value FROM custom_settings WHERE name LIKE 'FEATURES:%' ORDER BY name"
PROMOTION: Final = f"""
INSERT INTO promotions (id, code, percent, first_only, once, uses, created_at)
VALUES ('{ID}01', 'ONE', 20, true, true, NULL, now());
"""
CUSTOMER: Final = f"""
INSERT INTO customers (id, telegram_id, first_name, language, created_at) VALUES ('{ID}aa', 7, 'Ana', 'es', now());
"""
KEY: Final = """
INSERT INTO api_keys (name, digest, abilities, created_at)
VALUES ('erp', 'x', 'customers:read', now());
"""
GIFT: Final = f"""{CUSTOMER}
ALTER TABLE orders DROP CONSTRAINT fk_orders_plan_id;
INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring, interval_count,
    trial_days, created_at, expires_at, gift)
VALUES ('{ID}11', '{ID}aa', '{ID}11', 'paid', 2999, 'EUR', false, 1, 0, now(), now(), true);
"""
CHOSEN: Final = "INSERT INTO custom_settings (name, value, changed_at) VALUES ('FEATURES:promotions', 'off', now());"


@pytest.mark.parametrize(
    ("revisions", "rows", "choices"),
    [
        (GIFTS, "SELECT 1", []),
        (GIFTS, PROMOTION, [("FEATURES:promotions", "on")]),
        (GIFTS, GIFT + PROMOTION, [("FEATURES:gifts", "on"), ("FEATURES:promotions", "on")]),
        (GIFTS, PROMOTION + CHOSEN, [("FEATURES:promotions", "off")]),
        (MINI_APP, "SELECT 1", []),
        (MINI_APP, CUSTOMER, [("FEATURES:miniapp", "on")]),
        (MINI_APP, CUSTOMER + KEY, [("FEATURES:mcp", "on"), ("FEATURES:miniapp", "on")]),
    ],
    ids=["new", "promotions", "both", "chosen", "new_later", "customers", "keys"],
)
async def test_upgrade_records_features_in_use_as_on_unless_chosen_otherwise(
    empty_database_url: str, revisions: tuple[str, str], rows: str, choices: list[tuple[str, str]]
) -> None:
    before, revision = revisions
    await earlier.create(empty_database_url)
    in_own_thread(lambda: migrate.upgrade(empty_database_url, before))
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute(rows)
        in_own_thread(lambda: migrate.upgrade(empty_database_url, revision))
        assert [tuple(row) for row in await connection.fetch(CHOICES)] == choices
    finally:
        await connection.close()
