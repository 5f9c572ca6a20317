"""Detection of overdue work. Overdue work shows that the responsible process is down or stuck."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.infrastructure.database.errors import translate_errors

PATIENCE: Final = timedelta(minutes=15)
_RECENT: Final = timedelta(days=2)

# Each query returns at most one row: the number of overdue items, and data that identifies the oldest item. Work of an
# account that is signed out waits for a sign-in, which has its own alarm. Timestamps of the job queue are the
# database's own time.
QUERIES: Final = {
    "work_overdue": """
        SELECT job, count(*) OVER () AS waiting, since FROM (
            SELECT entrypoint AS job,
                greatest(created, execute_after, updated) + (CAST(:now AS timestamptz) - now()) AS since
            FROM pgqueuer WHERE status = 'queued'
            AND greatest(created, execute_after, updated) < now() - CAST(:patience AS interval)
            UNION ALL
            SELECT name, due_at FROM due_jobs WHERE due_at < CAST(:overdue AS timestamptz)
        ) AS late
        WHERE NOT EXISTS (SELECT 1 FROM userbot_accounts WHERE status = 'dead' AND job = 'userbot.acc.' || id)
        ORDER BY since LIMIT 1""",
    "messages_undelivered": """
        SELECT kind AS message, recipient AS telegram_id, count(*) OVER () AS waiting, created_at AS since
        FROM notifications WHERE sent_at IS NULL AND failed IS NULL AND created_at < CAST(:overdue AS timestamptz)
        ORDER BY created_at LIMIT 1""",
    "picks_undelivered": """
        SELECT picks.key AS pick, title AS channel, telegram_channels.customer_id AS customer,
            count(*) OVER () AS waiting, picks.created_at AS since
        FROM picks
        JOIN pick_deliveries ON pick_id = picks.id AND pick_deliveries.revision = 0
        JOIN telegram_channels ON telegram_channels.id = pick_deliveries.channel_id
            AND telegram_channels.status = 'ready'
        WHERE picks.status = 'accepted' AND (picks.deadline IS NULL OR picks.deadline > CAST(:now AS timestamptz))
        AND picks.created_at BETWEEN CAST(:recent AS timestamptz) AND CAST(:overdue AS timestamptz)
        ORDER BY picks.created_at LIMIT 1""",
}


@dataclass(frozen=True)
class Arrears:
    """Query of all kinds of overdue work."""

    engine: AsyncEngine

    async def __call__(self, now: datetime) -> Mapping[str, Mapping[str, str] | None]:
        """Return details of each kind of overdue work; None for a kind without overdue work. Raises RetryLater for a
        temporary database error.

        now: current business time
        """
        values: dict[str, Mapping[str, str] | None] = {}
        query_parameters = {"now": now, "patience": PATIENCE, "overdue": now - PATIENCE, "recent": now - _RECENT}
        with translate_errors():
            async with self.engine.connect() as connection:
                for kind, query in QUERIES.items():
                    parameters = {name: value for name, value in query_parameters.items() if f":{name}" in query}
                    row = (await connection.execute(text(query), parameters)).mappings().first()
                    values[kind] = (
                        None if row is None else {name: _text_of(value) for name, value in row.items() if value}
                    )
        return values


def _text_of(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)
