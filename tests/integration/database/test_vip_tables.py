"""Tables of the entry steps: defaults, roles, and the statements that create them manually."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import pytest

GROUP = "44444444-4444-4444-8444-444444444444"

NUMBERED = "('00000000-0000-4000-8000-00000000000' || n)::uuid"

FILL = f"""
INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,
    interval, interval_count, duration_days, trial_days, access, active, position, created_at)
VALUES ('11111111-1111-4111-8111-111111111111', 'vip', 'VIP', '', '', 999, 'USD', false, NULL, 1, 30, 0,
        'vip_channel', true, 0, now()),
       ('22222222-2222-4222-8222-222222222222', 'own', 'Own', '', '', 999, 'USD', true, 'month', 1, NULL, 0,
        'personal_channel', true, 0, now());
INSERT INTO customers (id, telegram_id, first_name, language, created_at)
SELECT {NUMBERED}, n, 'Ana', 'es', now() FROM generate_series(1, 7) n;
INSERT INTO subscriptions (id, customer_id, plan_id, status, price_minor, price_currency, access_until,
    cancel_at_period_end, created_at)
SELECT gen_random_uuid(), {NUMBERED}, plan::uuid, status, 999, 'USD', now(), false, now()
FROM (VALUES (1, 'active', '11111111-1111-4111-8111-111111111111'),
             (2, 'canceled', '11111111-1111-4111-8111-111111111111'),
             (3, 'past_due', '11111111-1111-4111-8111-111111111111'),
             (4, 'expired', '11111111-1111-4111-8111-111111111111'),
             (5, 'incomplete', '11111111-1111-4111-8111-111111111111'),
             (6, 'active', '22222222-2222-4222-8222-222222222222')) given(n, status, plan);
INSERT INTO telegram_channels (id, kind, status, title, marker, created_at)
VALUES ('33333333-3333-4333-8333-333333333333', 'vip', 'ready', 'VIP', 'marker', now());
INSERT INTO accesses (id, customer_id, channel_id, status, created_at)
SELECT gen_random_uuid(), {NUMBERED}, '33333333-3333-4333-8333-333333333333', status, now()
FROM (VALUES (1, 'active'), (4, 'revoked'), (7, 'active')) given(n, status);
"""


async def run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


@pytest.fixture
async def filled(database_url: str) -> str:
    """Prepare a database with customers of every kind."""
    await run(database_url, FILL)
    return database_url


async def test_customer_roles_view_lists_vip_customers(filled: str) -> None:
    found = await rows(filled, "SELECT telegram_id, role FROM customer_roles ORDER BY 1")
    assert found == [(number, "vip" if number in {1, 2, 3} else "free") for number in range(1, 8)]
    await run(filled, "UPDATE subscriptions SET status = 'paused' WHERE status = 'active'")
    assert await rows(filled, "SELECT telegram_id FROM customer_roles WHERE role = 'vip' ORDER BY 1") == [(2,), (3,)]


async def test_customer_is_vip_only_through_a_plan_that_opens_the_vip_channel(filled: str) -> None:
    """A plan for a group makes no customer VIP, although the plan has the same legacy value. A customer with a
    grandfathered entitlement is still VIP.
    """

    async def vips() -> list[int]:
        return [row[0] for row in await rows(filled, "SELECT telegram_id FROM customer_roles WHERE role = 'vip'")]

    assert sorted(await vips()) == [1, 2, 3]
    await run(
        filled,
        "INSERT INTO resources (id, soft_id, kind, title, entry, status, created_at)"
        f" VALUES ('{GROUP}', 'talk', 'group', 'Talk', 'request', 'active', now());"
        f" UPDATE plan_resources SET resource_id = '{GROUP}'"
        " WHERE resource_id = (SELECT id FROM resources WHERE soft_id = 'vip')",
    )
    assert await rows(filled, "SELECT DISTINCT access FROM service_plans ORDER BY 1") == [
        ("personal_channel",),
        ("vip_channel",),
    ]
    assert await vips() == []
    await run(
        filled,
        "INSERT INTO kept_openings (subscription_id, resource_id, until) SELECT subscriptions.id, resources.id, now()"
        " FROM subscriptions JOIN customers ON customers.id = customer_id, resources"
        " WHERE telegram_id = 2 AND soft_id = 'vip'",
    )
    assert await vips() == [2]
    await run(
        filled,
        "INSERT INTO plan_resources (plan_id, resource_id, position) SELECT service_plans.id, resources.id, 1"
        " FROM service_plans, resources WHERE access = 'vip_channel' AND resources.soft_id = 'vip'",
    )
    assert sorted(await vips()) == [1, 2, 3], "a bundle with the VIP channel in it"


async def test_new_entry_starts_at_the_first_step(filled: str) -> None:
    await run(
        filled,
        "INSERT INTO vip_entries (customer_id, created_at) SELECT id, now() FROM customers WHERE telegram_id = 6",
    )
    query = "SELECT vip_entry_stage FROM vip_entries JOIN customers ON customers.id = customer_id"
    assert await rows(filled, f"{query} WHERE telegram_id = 6") == [(1,)]
    indexes = await rows(filled, "SELECT indexname FROM pg_indexes WHERE tablename = 'vip_entries'")
    assert ("idx_vip_entry_stage",) in indexes


def _by_hand() -> list[str]:
    """Return the statements of docs/database.md that apply, check and revert the change."""
    page = (Path(__file__).parents[3] / "docs" / "database.md").read_text(encoding="utf-8")
    section = page.split("### The VIP ritual's columns by hand")[1].split("\n## ")[0]
    return re.findall(r"```sql\n(.*?)```", section, re.DOTALL)


async def test_documented_statements_create_entry_rows_that_let_members_skip_the_steps(filled: str) -> None:
    make, look, _undo = _by_hand()
    await run(filled, "DROP TABLE vip_entries")
    await run(filled, make)
    entries = (
        "SELECT telegram_id, vip_entry_stage FROM vip_entries JOIN customers ON customers.id = customer_id ORDER BY 1"
    )
    assert await rows(filled, entries) == [(number, None) for number in (1, 2, 3, 7)]
    assert await rows(filled, look) == []
    await run(
        filled,
        "DELETE FROM vip_entries; INSERT INTO vip_entries SELECT id, 2, 'x', NULL, now() FROM customers"
        " WHERE telegram_id = 1",
    )
    assert {problem for problem, _ in await rows(filled, look)} == {
        "live VIP access without an entry",
        "a token before stage 3",
    }


async def test_documented_rollback_statements_leave_the_subscriptions_unchanged(filled: str) -> None:
    make, look, undo = _by_hand()
    await run(filled, undo)
    assert await rows(filled, "SELECT 1 FROM pg_tables WHERE tablename = 'vip_entries'") == []
    assert len(await rows(filled, "SELECT 1 FROM subscriptions")) == 6
    await run(filled, make)
    assert await rows(filled, look) == []
