"""Plans and channels that are inserted without a resource, manually or by an earlier version: the database assigns
their resource.
"""

from __future__ import annotations

from tests.integration.database.test_vip_tables import rows, run

PLAN = """
INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring, interval,
    interval_count, duration_days, trial_days, access, active, position, created_at)
VALUES ('{id}', '{soft_id}', 'Plan', '', '', 999, 'USD', false, NULL, 1, 30, 0, '{access}', true, 0, now());
"""
LATER_ID = "33333333-1111-4111-8111-111111111111"
CHANNEL = """
INSERT INTO telegram_channels (id, kind, status, title, marker, created_at)
VALUES ('33333333-3333-4333-8333-333333333333', 'vip', 'ready', 'Retador VIP', 'marker', now());
"""
OPENED = (
    "SELECT p.soft_id, r.soft_id, plan_resources.position FROM plan_resources JOIN service_plans p ON p.id = plan_id"
    " JOIN resources r ON r.id = resource_id ORDER BY 1"
)


async def test_plans_and_channels_inserted_by_an_earlier_version_get_their_resources(database_url: str) -> None:
    await run(database_url, PLAN.format(id=LATER_ID, soft_id="later", access="vip_channel"))
    assert await rows(database_url, OPENED) == [("later", "vip", 0)]
    await run(database_url, "UPDATE service_plans SET access = 'personal_channel', name = 'Other'")
    assert await rows(database_url, OPENED) == [("later", "personal", 0)]
    await run(database_url, "UPDATE plan_resources SET position = 4")
    await run(database_url, "UPDATE service_plans SET access = 'personal_channel', name = 'Again'")
    assert await rows(database_url, OPENED) == [("later", "personal", 4)], "written over though nothing changed"
    await run(database_url, CHANNEL)
    query = "SELECT soft_id FROM telegram_channels JOIN resources ON resources.id = resource_id"
    assert await rows(database_url, query) == [("vip",)]
