"""Notes of codes imported by an earlier version lose the names and e-mail addresses in them."""

from __future__ import annotations

import asyncpg

from subscriptions.bootstrap import migrate
from tests.support.postgres import in_own_thread

REVISION, BEFORE = "062_forget_code_notes", "061_keep_figures"
NOTES = {
    "Zoraida Quint zoraida_quint member-17": "member-17",
    "Zoraida zoraida@correo.example": "",
    "zoraida@correo.example": "",
    "member-18": "member-18",
    "1f3a9c2e": "1f3a9c2e",
    "Zoraida " + "x" * 192: "",
}
# The plans of the codes do not matter here, so none need to exist.
FILL = """
INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days, created_at, expires_at,
    opened, note, campaign)
VALUES (gen_random_uuid(), $1, gen_random_uuid(), 2999, 'EUR', 30, now(), now(), 0, $2, $3)
"""


async def test_only_the_key_remains_in_notes_of_imported_codes(empty_database_url: str) -> None:
    in_own_thread(lambda: migrate.upgrade(empty_database_url, BEFORE))
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for number, note in enumerate(NOTES):
            for letter, campaign in (("A", "import"), ("B", "verano")):
                await connection.execute(FILL, f"{letter}{number:015}", note, campaign)
        in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
        rows = await connection.fetch("SELECT campaign, note FROM activation_tokens ORDER BY token")
    finally:
        await connection.close()
    assert [note for campaign, note in rows if campaign == "import"] == list(NOTES.values())
    assert [note for campaign, note in rows if campaign != "import"] == list(NOTES)
