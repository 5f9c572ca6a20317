"""A database filled under the previous revision is migrated to resources and back; rows that the previous release
writes meanwhile are kept in step.
"""

from __future__ import annotations

import pytest

from subscriptions.bootstrap import migrate
from tests.integration.database.test_vip_migration import rows, run
from tests.support.postgres import in_own_thread

BEFORE = "096_keep_agreed_prices"
REVISION = "090_open_resources"

PLAN = """
INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring, interval,
    interval_count, duration_days, trial_days, access, active, position, created_at)
VALUES ('{id}', '{soft_id}', 'Plan', '', '', 999, 'USD', false, NULL, 1, 30, 0, '{access}', true, 0, now());
"""
VIP_ID, OWN_ID, LATER_ID = (f"{number}" * 8 + "-1111-4111-8111-111111111111" for number in (1, 2, 3))
CHANNEL = """
INSERT INTO telegram_channels (id, kind, status, title, marker, created_at)
VALUES ('33333333-3333-4333-8333-333333333333', 'vip', 'ready', 'Retador VIP', 'marker', now());
"""
LIVES = f"""
INSERT INTO customers (id, telegram_id, first_name, language, created_at)
SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, n, 'Ana', 'es', now() FROM generate_series(1, 3) n;
INSERT INTO subscriptions (id, customer_id, plan_id, status, price_minor, price_currency, access_until,
    cancel_at_period_end, created_at)
SELECT gen_random_uuid(), ('00000000-0000-4000-8000-00000000000' || n)::uuid, plan::uuid, 'active', 999, 'USD', now(),
    false, now() FROM (VALUES (1, '{VIP_ID}'), (2, '{OWN_ID}')) given(n, plan);
INSERT INTO telegram_channels (id, kind, status, title, marker, customer_id, plan_id, channel_id, created_at)
VALUES ('66666666-6666-4666-8666-666666666666', 'personal', 'ready', 'Retador · Ana', 'hers',
    '00000000-0000-4000-8000-000000000002', '{OWN_ID}', -1002, now());
INSERT INTO accesses (id, customer_id, channel_id, status, created_at)
VALUES (gen_random_uuid(), '00000000-0000-4000-8000-000000000001', '33333333-3333-4333-8333-333333333333', 'pending',
    now()), (gen_random_uuid(), '00000000-0000-4000-8000-000000000002', '66666666-6666-4666-8666-666666666666',
    'active', now());
INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at)
VALUES ('00000000-0000-4000-8000-000000000001', 2, now());
INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring, interval_count,
    duration_days, trial_days, created_at, expires_at)
VALUES ('77777777-7777-4777-8777-777777777777', '00000000-0000-4000-8000-000000000003', '{VIP_ID}', 'open', 999, 'USD',
    false, 1, 30, 0, now(), now());
INSERT INTO checkout_attempts (order_id, number, provider, status, url, created_at, expires_at)
VALUES ('77777777-7777-4777-8777-777777777777', 1, 'stripe', 'open', 'https://pay.example', now(), now());
INSERT INTO pgqueuer (priority, created, updated, heartbeat, execute_after, status, entrypoint, payload)
VALUES (0, now(), now(), now(), now(), 'queued', 'bot.tend_vip_entry', '{{}}'),
       (0, now(), now(), now(), now(), 'picked', 'userbot.assign_channel', '{{}}');
"""
"""A customer in the ritual, a customer in a personal channel, an open checkout, a waiting job and a running job."""
KEPT = {
    "accesses": "customer_id, channel_id, status",
    "vip_entries": "customer_id, vip_entry_stage",
    "orders": "id, plan_id, status, price_minor",
    "checkout_attempts": "order_id, provider, status, url",
    "pgqueuer": "id, entrypoint, status::text, payload",
    "subscriptions": "id, customer_id, plan_id, status",
    "telegram_channels": "id, kind, status, title, customer_id, plan_id, channel_id",
}
OPENED = (
    "SELECT p.soft_id, r.soft_id, plan_resources.position FROM plan_resources JOIN service_plans p ON p.id = plan_id"
    " JOIN resources r ON r.id = resource_id ORDER BY 1"
)


@pytest.fixture
async def filled(empty_database_url: str) -> str:
    """A database of the previous revision, with a plan of either kind and the VIP channel."""
    in_own_thread(lambda: migrate.upgrade(empty_database_url, BEFORE))
    await run(empty_database_url, PLAN.format(id=VIP_ID, soft_id="mensual", access="vip_channel"))
    await run(empty_database_url, PLAN.format(id=OWN_ID, soft_id="own", access="personal_channel"))
    await run(empty_database_url, CHANNEL)
    return empty_database_url


async def test_every_plan_keeps_its_entitlements(filled: str) -> None:
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    known = await rows(filled, "SELECT soft_id, kind, title, entry, status FROM resources ORDER BY 1")
    assert known == [
        ("personal", "personal_channel", "personal", "direct", "active"),
        ("vip", "shared_channel", "Retador VIP", "ritual", "active"),
    ]
    assert await rows(filled, OPENED) == [("mensual", "vip", 0), ("own", "personal", 0)]
    place = "SELECT soft_id FROM telegram_channels JOIN resources ON resources.id = resource_id"
    assert await rows(filled, place) == [("vip",)]


async def test_work_in_progress_is_unchanged_both_ways(filled: str) -> None:
    async def kept() -> dict[str, list[tuple[object, ...]]]:
        return {
            table: await rows(filled, f"SELECT {columns} FROM {table} ORDER BY 1, 2") for table, columns in KEPT.items()
        }

    await run(filled, LIVES)
    before = await kept()
    assert {table: len(found) for table, found in before.items()} == {
        **dict.fromkeys(("accesses", "pgqueuer", "subscriptions", "telegram_channels"), 2),
        **dict.fromkeys(("vip_entries", "orders", "checkout_attempts"), 1),
    }
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    assert await kept() == before
    in_own_thread(lambda: migrate.downgrade(filled, BEFORE))
    assert await kept() == before
    in_own_thread(lambda: migrate.upgrade(filled, "head"))
    assert await kept() == before


async def test_rows_of_the_previous_release_are_kept_in_step(empty_database_url: str) -> None:
    in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
    await run(empty_database_url, PLAN.format(id=LATER_ID, soft_id="later", access="vip_channel"))
    assert await rows(empty_database_url, OPENED) == [("later", "vip", 0)]
    await run(empty_database_url, "UPDATE service_plans SET access = 'personal_channel', name = 'Other'")
    assert await rows(empty_database_url, OPENED) == [("later", "personal", 0)]
    await run(empty_database_url, "UPDATE plan_resources SET position = 4")
    await run(empty_database_url, "UPDATE service_plans SET access = 'personal_channel', name = 'Again'")
    assert await rows(empty_database_url, OPENED) == [("later", "personal", 4)], "written over though nothing changed"
    await run(empty_database_url, CHANNEL)
    place = "SELECT soft_id FROM telegram_channels JOIN resources ON resources.id = resource_id"
    assert await rows(empty_database_url, place) == [("vip",)]


async def test_migration_can_be_reverted_and_applied_again(filled: str) -> None:
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    await run(
        filled,
        "INSERT INTO resources (id, soft_id, kind, title, entry, status, created_at) VALUES"
        " ('44444444-4444-4444-8444-444444444444', 'news', 'shared_channel', 'News', 'request', 'active', now());"
        " INSERT INTO telegram_channels (id, kind, status, title, marker, created_at, resource_id) VALUES"
        " ('55555555-5555-4555-8555-555555555555', 'shared', 'ready', 'News', 'other', now(),"
        " '44444444-4444-4444-8444-444444444444')",
    )
    in_own_thread(lambda: migrate.downgrade(filled, BEFORE))
    assert await rows(filled, "SELECT kind, title FROM telegram_channels") == [("vip", "Retador VIP")]
    assert await rows(filled, "SELECT soft_id, access FROM service_plans ORDER BY 1") == [
        ("mensual", "vip_channel"),
        ("own", "personal_channel"),
    ]
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    assert await rows(filled, OPENED) == [("mensual", "vip", 0), ("own", "personal", 0)]
