"""Figures about the whole system, read from the tables it shares."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure.database.errors import translating

_QUERIES: Final = {
    "umbral_subscriptions": "SELECT status, count(*) FROM subscriptions GROUP BY status",
    "umbral_accesses": "SELECT status, count(*) FROM accesses GROUP BY status",
    "umbral_orders": "SELECT status, count(*) FROM orders GROUP BY status",
    "umbral_payments": "SELECT status, count(*) FROM payments GROUP BY status",
    "umbral_webhook_inbox": "SELECT status, count(*) FROM webhook_inbox GROUP BY status",
    "umbral_jobs": "SELECT entrypoint || ':' || status::text, count(*) FROM pgqueuer GROUP BY 1",
    "umbral_oldest_job_seconds": (
        "SELECT entrypoint, extract(epoch FROM max(now() - created)) FROM pgqueuer WHERE status = 'queued' GROUP BY 1"
    ),
    "umbral_accounts": "SELECT status, count(*) FROM userbot_accounts GROUP BY status",
    "umbral_channel_stock": (
        "SELECT status, count(*) FROM telegram_channels"
        " WHERE kind = 'personal' AND customer_id IS NULL AND status <> 'deleted' GROUP BY status"
    ),
    "umbral_sweeps": "SELECT status, count(*) FROM sweeps GROUP BY status",
    "umbral_strangers": (
        "SELECT action, count(*) FROM audit_log"
        " WHERE action IN ('join_request.declined', 'stranger.removed') GROUP BY action"
    ),
    "umbral_messages_repeated": "SELECT kind, sum(repeated) FROM notifications WHERE repeated > 0 GROUP BY kind",
    "umbral_picks_repeated": (
        "SELECT coalesce(bot, ''), sum(repeated) FROM pick_deliveries WHERE repeated > 0 GROUP BY 1"
    ),
}


_ROOM: Final = (
    "SELECT sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END) FROM pg_settings"
    " WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
)


async def connections_for_us(engine: AsyncEngine) -> int:
    """How many connections PostgreSQL takes from those who do not administer it. Raises RetryLater."""
    with translating():
        async with engine.connect() as connection:
            return int((await connection.execute(text(_ROOM))).scalar_one())


class Figures:
    """Reads all figures; a few aggregate queries on a replica-sized budget."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> Mapping[str, Mapping[str, float]]:
        """Figure → label → value. Raises RetryLater."""
        figures: dict[str, Mapping[str, float]] = {}
        try:
            async with self._engine.connect() as connection:
                for name, query in _QUERIES.items():
                    rows = await connection.execute(text(query))
                    figures[name] = {str(label): float(value) for label, value in rows}
        except (SQLAlchemyError, OSError) as error:
            raise RetryLater("the database does not answer") from error
        return figures

    async def ready(self) -> bool:
        """Whether the database answers and has our tables."""
        try:
            async with self._engine.connect() as connection:
                await connection.execute(text("SELECT 1 FROM service_plans LIMIT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True
