"""A database of today, filled under the previous revision, comes out of the migration of resources, both ways; what a
process of the version before writes meanwhile is kept in step.
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
OPENED = (
    "SELECT p.soft_id, r.soft_id, plan_resources.position FROM plan_resources JOIN service_plans p ON p.id = plan_id"
    " JOIN resources r ON r.id = resource_id ORDER BY 1"
)


@pytest.fixture
async def filled(empty_database_url: str) -> str:
    """A database of the revision before, with a plan of either kind and the VIP channel."""
    in_own_thread(lambda: migrate.upgrade(empty_database_url, BEFORE))
    await run(empty_database_url, PLAN.format(id=VIP_ID, soft_id="mensual", access="vip_channel"))
    await run(empty_database_url, PLAN.format(id=OWN_ID, soft_id="own", access="personal_channel"))
    await run(empty_database_url, CHANNEL)
    return empty_database_url


async def test_every_plan_opens_what_it_opened(filled: str) -> None:
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    known = await rows(filled, "SELECT soft_id, kind, title, entry, status FROM resources ORDER BY 1")
    assert known == [
        ("personal", "personal_channel", "personal", "direct", "active"),
        ("vip", "shared_channel", "Retador VIP", "ritual", "active"),
    ]
    assert await rows(filled, OPENED) == [("mensual", "vip", 0), ("own", "personal", 0)]
    place = "SELECT soft_id FROM telegram_channels JOIN resources ON resources.id = resource_id"
    assert await rows(filled, place) == [("vip",)]


async def test_what_the_version_before_writes_is_kept_in_step(empty_database_url: str) -> None:
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


async def test_it_can_be_taken_back_and_applied_again(filled: str) -> None:
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
