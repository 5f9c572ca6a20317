"""Test data of a very large shop. It is inserted directly into the tables, because only the subsequent work is
measured.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

PLAN: Final = UUID(int=1)
CHANNEL: Final = UUID(int=2)
MORE: Final = 100
"""Base number of the ids of additional plans and of their chats and resources. The first additional plan has the id
`MORE + 1`.
"""
AT_ONCE: Final = 100_000
"""Maximum number of customers inserted per statement."""

_BEGIN = (
    """
    INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,
        interval, interval_count, duration_days, trial_days, access, active, position, created_at)
    VALUES ($1, 'vip', 'VIP', '', '', 999, 'USD', false, NULL, 1, 30, 0, 'vip_channel', true, 0, $2)
    """,
    """
    INSERT INTO telegram_channels (id, kind, status, channel_id, title, marker, created_at, ready_at)
    VALUES ($1, 'vip', 'ready', -1001, 'VIP', 'bench', $2, $2)
    """,
)

# Insert another plan with its own chat.
_ANOTHER = (
    """
    INSERT INTO service_plans (id, soft_id, name, emoji, description, price_minor, price_currency, recurring,
        interval, interval_count, duration_days, trial_days, access, active, position, created_at)
    VALUES ($1::uuid, 'plan-' || $2::int, 'Plan', '', '', 999, 'USD', false, NULL, 1, 30, 0, 'vip_channel', true,
        $2::int, $3::timestamptz)
    """,
    """
    INSERT INTO resources (id, soft_id, kind, title, entry, status, created_at)
    VALUES ($1::uuid, 'chat-' || $2::int, 'shared_channel', 'Chat', 'request', 'active', $3::timestamptz)
    """,
    """
    INSERT INTO telegram_channels (id, kind, status, channel_id, title, marker, resource_id, created_at, ready_at)
    VALUES ($1::uuid, 'shared', 'ready', -1001 - $2::int, 'Chat', 'bench-' || $2::int, $1::uuid, $3::timestamptz,
        $3::timestamptz)
    """,
    "DELETE FROM plan_resources WHERE plan_id = $1::uuid AND $2::int > 0 AND $3::timestamptz IS NOT NULL",
    """
    INSERT INTO plan_resources (plan_id, resource_id, position)
    SELECT $1::uuid, $1::uuid, 0 WHERE $2::int > 0 AND $3::timestamptz IS NOT NULL
    """,
)

# Insert one customer, subscription, access and completed entry per number, all with a year of access left.
_CROWD = (
    """
    INSERT INTO customers (id, telegram_id, first_name, language, created_at)
    SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, 'Ana', 'es', $3::timestamptz
    FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO subscriptions (id, customer_id, plan_id, status, price_minor, price_currency, access_until,
        cancel_at_period_end, next_reminder_at, created_at)
    SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
           ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           ($4::uuid[])[1 + n % cardinality($4::uuid[])], 'active', 999, 'USD',
           $3::timestamptz + make_interval(days => 365), false, $3::timestamptz + make_interval(days => 365),
           $3::timestamptz
    FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO accesses (id, customer_id, channel_id, status, ends_at, joined_at, created_at)
    SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid,
           ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
           ($4::uuid[])[1 + n % cardinality($4::uuid[])], 'active', $3::timestamptz + make_interval(days => 365), $3,
           $3::timestamptz
    FROM generate_series($1::bigint, $2::bigint) n
    """,
    """
    INSERT INTO vip_entries (customer_id, vip_entry_stage, created_at)
    SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, NULL, $3::timestamptz
    FROM generate_series($1::bigint, $2::bigint) n WHERE n % cardinality($4::uuid[]) = 0
    """,
)

_DUE = """
    UPDATE subscriptions SET access_until = $1
    WHERE id IN (SELECT id FROM subscriptions WHERE status = 'active' AND access_until > $1
                 ORDER BY md5(id::text) LIMIT $2)
"""


class Crowd:
    """Generator of customers of the VIP channel and of other chats, in a migrated and otherwise empty database."""

    def __init__(self, connection: asyncpg.Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def fill(self, people: int, chats: int = 1) -> None:
        """Insert the customers, then vacuum and analyze the tables. Each customer is a member of one of the chats, and
        no subscription is due.
        """
        day_before = self._now - timedelta(days=1)
        for statement, key in zip(_BEGIN, (PLAN, CHANNEL), strict=True):
            await self._connection.execute(statement, key, day_before)
        others = [UUID(int=MORE + number) for number in range(1, chats)]
        for number, key in enumerate(others, start=1):
            for statement in _ANOTHER:
                await self._connection.execute(statement, key, number, day_before)
        for start in range(1, people + 1, AT_ONCE):
            await self._add(start, min(start + AT_ONCE - 1, people), others)
        await self._connection.execute("VACUUM (ANALYZE)")

    async def _add(self, start: int, end: int, others: list[UUID]) -> None:
        extras = {
            "subscriptions": [PLAN, *others],
            "accesses": [CHANNEL, *others],
            "vip_entries": [CHANNEL, *others],
        }
        for statement in _CROWD:
            extra = extras.get(statement.split("INTO ", 1)[1].split(" ", 1)[0])
            arguments = [start, end, self._now, *([extra] if extra is not None else [])]
            await self._connection.execute(statement, *arguments)

    async def let_expire(self, people: int) -> None:
        """Set the end of access of some subscriptions, spread over all customers, to one hour ago. `people`: number of
        subscriptions.
        """
        await self._connection.execute(_DUE, self._now - timedelta(hours=1), people)
        await self._connection.execute("VACUUM (ANALYZE) subscriptions")
        # Run a checkpoint now, so that it does not coincide with the measurement.
        await self._connection.execute("CHECKPOINT")

    async def count_due(self) -> int:
        """Return the number of subscriptions that are still due."""
        return int(
            await self._connection.fetchval(
                "SELECT count(*) FROM subscriptions WHERE status = 'active' AND access_until <= $1", self._now
            )
        )
