"""Several channels may have the ritual: existing rows are unchanged both ways, and the previous release continues to
write the VIP channel's entries meanwhile.
"""

from __future__ import annotations

import pytest

from subscriptions.bootstrap import migrate
from tests.integration.database.test_vip_migration import rows, run
from tests.support.postgres import in_own_thread

REVISION = "138_lead_to_more_rituals"
CUSTOMER = "00000000-0000-4000-8000-00000000000{}"
COURSE = "44444444-4444-4444-8444-444444444444"

PEOPLE = """
INSERT INTO customers (id, telegram_id, first_name, language, created_at)
SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, n, 'Ana', 'es', now() FROM generate_series(1, 3) n;
INSERT INTO vip_entries (customer_id, vip_entry_stage, vip_entry_token, created_at)
SELECT id, CASE telegram_id WHEN 1 THEN 2 WHEN 2 THEN 3 END, CASE telegram_id WHEN 2 THEN 'token' END, now()
FROM customers;
"""
ADD_COURSE = f"""
INSERT INTO resources (id, soft_id, kind, title, entry, status, created_at)
VALUES ('{COURSE}', 'curso', 'shared_channel', 'Curso', 'ritual', 'active', now());
INSERT INTO ritual_entries (customer_id, resource_id, created_at)
VALUES ('{CUSTOMER.format(1)}', '{COURSE}', now()), ('{CUSTOMER.format(2)}', '{COURSE}', now());
"""
ENTRIES = (
    "SELECT telegram_id, vip_entry_stage, vip_entry_token FROM vip_entries JOIN customers ON customers.id = customer_id"
    " ORDER BY 1"
)


@pytest.fixture
async def filled(empty_database_url: str) -> str:
    """A database of the previous revision, with customers in the middle and at the end of the ritual."""
    in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
    in_own_thread(lambda: migrate.downgrade(empty_database_url, "-1"))
    await run(empty_database_url, PEOPLE)
    return empty_database_url


async def test_entries_of_the_vip_channel_are_unchanged_both_ways(filled: str) -> None:
    before = await rows(filled, ENTRIES)
    assert before == [(1, 2, None), (2, 3, "token"), (3, None, None)]
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    assert await rows(filled, ENTRIES) == before
    await run(filled, ADD_COURSE)
    stages = "SELECT vip_entry_stage FROM ritual_entries"
    assert await rows(filled, stages) == [(1,), (1,)]
    in_own_thread(lambda: migrate.downgrade(filled, "-1"))
    assert await rows(filled, ENTRIES) == before
    # The previous release knows one resource with the ritual: the others are joined by a link.
    entries = "SELECT soft_id, entry FROM resources WHERE kind = 'shared_channel' ORDER BY 1"
    assert await rows(filled, entries) == [("curso", "request"), ("vip", "ritual")]
    in_own_thread(lambda: migrate.upgrade(filled, "head"))
    assert await rows(filled, ENTRIES) == before


async def test_entries_of_the_previous_release_belong_to_the_vip_channel(filled: str) -> None:
    in_own_thread(lambda: migrate.upgrade(filled, REVISION))
    await run(filled, ADD_COURSE)
    # As its repository does: the customer's row is overwritten, whichever other rituals the customer is in.
    await run(
        filled,
        "INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at)"
        f" VALUES ('{CUSTOMER.format(1)}', 3, now()) ON CONFLICT (customer_id)"
        " DO UPDATE SET vip_entry_stage = excluded.vip_entry_stage",
    )
    assert (await rows(filled, ENTRIES))[0] == (1, 3, None)
    assert await rows(filled, "SELECT DISTINCT vip_entry_stage FROM ritual_entries") == [(1,)]
    # The previous release creates the VIP channel without naming its resource.
    await run(
        filled,
        "INSERT INTO telegram_channels (id, kind, status, title, marker, created_at)"
        " VALUES (gen_random_uuid(), 'vip', 'ready', 'Retador VIP', 'marker', now())",
    )
    place = "SELECT soft_id FROM telegram_channels JOIN resources ON resources.id = resource_id"
    assert await rows(filled, place) == [("vip",)]
