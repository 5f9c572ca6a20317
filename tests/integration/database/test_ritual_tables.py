"""Several channels with entry steps; `vip_entries` contains the entries of the VIP channel only."""

from __future__ import annotations

import pytest

from tests.integration.database.test_vip_tables import rows, run

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
async def filled(database_url: str) -> str:
    """Prepare a database with customers in the middle and at the end of the entry steps."""
    await run(database_url, PEOPLE)
    return database_url


async def test_entry_steps_inserted_without_a_resource_belong_to_the_vip_channel(filled: str) -> None:
    await run(filled, ADD_COURSE)
    # The customer's row is overwritten, whichever other entry procedures the customer is in.
    await run(
        filled,
        "INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at)"
        f" VALUES ('{CUSTOMER.format(1)}', 3, now()) ON CONFLICT (customer_id)"
        " DO UPDATE SET vip_entry_stage = excluded.vip_entry_stage",
    )
    assert (await rows(filled, ENTRIES))[0] == (1, 3, None)
    assert await rows(filled, "SELECT DISTINCT vip_entry_stage FROM ritual_entries") == [(1,)]
    # The VIP channel is created without naming its resource.
    await run(
        filled,
        "INSERT INTO telegram_channels (id, kind, status, title, marker, created_at)"
        " VALUES (gen_random_uuid(), 'vip', 'ready', 'Retador VIP', 'marker', now())",
    )
    query = "SELECT soft_id FROM telegram_channels JOIN resources ON resources.id = resource_id"
    assert await rows(filled, query) == [("vip",)]
