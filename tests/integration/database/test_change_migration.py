"""Credit that moved to another plan keeps its meaning under the previous revision, and access ends at the same time."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg

from subscriptions.bootstrap import migrate
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from tests.support.postgres import in_own_thread

REVISION, BEFORE = "076_change_paid_plans", "075_add_gifts"

# The payments do not matter here, so the foreign keys to them are dropped.
FILL = """
ALTER TABLE ledger_entries DROP CONSTRAINT fk_ledger_entries_subscription_id,
    DROP CONSTRAINT fk_ledger_entries_payment_id;
INSERT INTO ledger_entries (subscription_id, kind, source_key, starts_at, length, payment_id, note, created_at)
SELECT '00000000-0000-4000-8000-000000000001', kind, 'acme:pay-1', '2026-03-01Z'::timestamptz + after, length,
       '00000000-0000-4000-8000-000000000002', '', now()
FROM (VALUES ('payment', interval '0', interval '30 days'), ('change', interval '18 days', interval '7 days'))
    AS known(kind, after, length)
"""


async def entries(url: str) -> list[LedgerEntry]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT * FROM ledger_entries ORDER BY id")
        return [LedgerEntry(**{**row, "kind": LedgerKind(row["kind"])}) for row in rows]
    finally:
        await connection.close()


async def test_end_of_access_is_unchanged(empty_database_url: str) -> None:
    in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(FILL)
    await connection.close()
    end = datetime.fromisoformat("2026-03-26T00:00:00+00:00")
    assert access_until(await entries(empty_database_url)) == end

    in_own_thread(lambda: migrate.downgrade(empty_database_url, BEFORE))

    left = await entries(empty_database_url)
    assert {each.kind for each in left} == {LedgerKind.PAYMENT, LedgerKind.COMPENSATION, LedgerKind.REFUND}
    assert access_until(left) == end
    in_own_thread(lambda: migrate.upgrade(empty_database_url, REVISION))
    assert access_until(await entries(empty_database_url)) == end
    assert sum((each.length for each in left), timedelta()) == timedelta(days=37)
