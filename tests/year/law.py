"""The promises, looked at from outside each hour: the database against the provider's books and Telegram's members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from tests.fakes.clock import ManualClock
from tests.fakes.provisioner import MemoryTelegram
from tests.year.provider import YearProvider

HOUR = timedelta(hours=1)
GRACE = timedelta(days=5)

_STANDING = """
SELECT s.id, s.status, s.access_until, s.provider_ref, s.paused_for, s.ended_at, c.telegram_id AS person,
       p.soft_id AS plan, ch.channel_id AS chat, ch.status AS channel, a.status AS access, a.ends_at
FROM subscriptions AS s
JOIN customers AS c ON c.id = s.customer_id
JOIN service_plans AS p ON p.id = s.plan_id
LEFT JOIN telegram_channels AS ch
       ON ch.customer_id = s.customer_id AND ch.plan_id = s.plan_id AND ch.status <> 'deleted'
LEFT JOIN accesses AS a ON a.channel_id = ch.id AND a.customer_id = s.customer_id
ORDER BY s.created_at, s.id
"""

_LEDGER = """
SELECT id, subscription_id, kind, source_key, starts_at, length, payment_id FROM ledger_entries
WHERE id > $1 ORDER BY id
"""

_DOUBLES = {
    "one payment per provider key": """
        SELECT provider, payment_key, count(*), min(c.telegram_id) AS person FROM payments
        JOIN customers AS c ON c.id = customer_id GROUP BY provider, payment_key HAVING count(*) > 1""",
    "one live subscription per customer and plan": """
        SELECT c.telegram_id AS person, plan_id, count(*) FROM subscriptions AS s
        JOIN customers AS c ON c.id = customer_id
        WHERE s.status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')
        GROUP BY c.telegram_id, plan_id HAVING count(*) > 1""",
    "one access per customer and channel": """
        SELECT c.telegram_id AS person, channel_id, count(*) FROM accesses JOIN customers AS c ON c.id = customer_id
        GROUP BY c.telegram_id, channel_id HAVING count(*) > 1""",
}


class Broken(Exception):
    """A promise does not hold. rows: what shows it. person: whose, None where it is nobody's."""

    def __init__(self, promise: str, rows: Sequence[object], person: int | None) -> None:
        super().__init__(f"{promise}: {list(rows)}")
        self.promise = promise
        self.rows = list(rows)
        self.person = person


class Law:
    """Reads what changed, and judges all of it each hour."""

    def __init__(
        self, connection: asyncpg.Connection, clock: ManualClock, provider: YearProvider, telegram: MemoryTelegram
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._provider = provider
        self._telegram = telegram
        self._standing: list[dict[str, Any]] = []
        self._entries: dict[Any, list[dict[str, Any]]] = {}
        self._last_entry = 0

    async def hold(self, *, changed: bool) -> None:
        """Raise Broken for the first promise that does not hold. changed: the database may have."""
        if changed:
            await self._read()
            await self._nothing_doubled()
            self._the_ledger_is_folded()
        self._who_has_to_be_out_is_out()

    async def _read(self) -> None:
        self._standing = [dict(row) for row in await self._connection.fetch(_STANDING)]
        for row in await self._connection.fetch(_LEDGER, self._last_entry):
            self._entries.setdefault(row["subscription_id"], []).append(dict(row))
            self._last_entry = row["id"]

    async def _nothing_doubled(self) -> None:
        for promise, query in _DOUBLES.items():
            rows = [dict(row) for row in await self._connection.fetch(query)]
            if rows:
                raise Broken(promise, rows, rows[0]["person"])

    def _the_ledger_is_folded(self) -> None:
        for row in self._standing:
            folded = fold(self._entries.get(row["id"], []))
            if folded != row["access_until"]:
                raise Broken(
                    "access_until is the fold over the ledger", [row, *self._entries.get(row["id"], [])], row["person"]
                )

    def _who_has_to_be_out_is_out(self) -> None:
        now = self._clock.now()
        for row in self._standing:
            if row["chat"] is None or row["status"] != "expired":
                continue
            others = [o for o in self._standing if o["chat"] == row["chat"] and o["status"] != "expired"]
            if others or row["ended_at"] is None or now - row["ended_at"] < HOUR:
                continue
            if row["person"] in self._telegram.channel(row["chat"]).members:
                raise Broken("who should be out is out within the hour", [row], row["person"])


def fold(entries: Sequence[dict[str, Any]]) -> datetime | None:
    """When access ends, computed from the rows alone."""
    cuts: dict[Any, datetime] = {}
    for entry in entries:
        if entry["kind"] in {"refund", "dispute"} and entry["payment_id"] is not None:
            known = cuts.get(entry["payment_id"])
            cuts[entry["payment_id"]] = entry["starts_at"] if known is None else min(known, entry["starts_at"])
    end: datetime | None = None
    given = [entry for entry in entries if entry["kind"] not in {"refund", "dispute"}]
    for entry in sorted(given, key=lambda entry: (entry["starts_at"], entry["id"])):
        begin = entry["starts_at"] if end is None else max(entry["starts_at"], end)
        length = entry["length"]
        if entry["payment_id"] in cuts and entry["payment_id"] is not None:
            length = min(length, max(cuts[entry["payment_id"]] - begin, timedelta()))
        end = begin + length
    return end
