"""Metrics of the whole system, read from the shared tables; processes add their counters to a table too. Names follow
Prometheus: base units, `_total` at the end of a counter's name, and no label with a value per person.

Every query uses an index over open or recent rows, or reads a small table. Finished rows are never counted.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.clock import Clock
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.figure_queries import QUERIES, Figure
from subscriptions.infrastructure.tally import COUNTERS

PAUSE_S: Final = 0.005
"""Pause in seconds between two metrics. Without pauses, the queries of all metrics would occupy the database for 15 ms
and delay a webhook.
"""

_COUNTED_SO_FAR: Final = "SELECT name, label, value FROM tallies"
_ROOM: Final = (
    "SELECT sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END) FROM pg_settings"
    " WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
)

FIGURES: Final[Mapping[str, Figure]] = {figure.name: figure for figure in (*QUERIES, *COUNTERS)}


async def connections_for_us(engine: AsyncEngine) -> int:
    """Return the number of connections that PostgreSQL accepts from roles without administrator rights. Raises
    RetryLater for a temporary database error.
    """
    with translate_errors():
        async with engine.connect() as connection:
            return int((await connection.execute(text(_ROOM))).scalar_one())


READY_S: Final = 3.0
"""Time in seconds within which a ready database responds."""
_READY: Final = text(
    "SELECT (SELECT 1 FROM service_plans LIMIT 1), (SELECT id FROM customers LIMIT 1),"
    " (SELECT event_key FROM webhook_inbox LIMIT 1)"
)


@dataclass(frozen=True)
class Figures:
    """Reader of all metrics."""

    engine: AsyncEngine
    clock: Clock

    async def __call__(self) -> Mapping[str, Mapping[str, float]]:
        """Return the value of each metric, keyed by metric name and then by the label values joined with `:`. Raises
        RetryLater for a temporary database error.
        """
        figures: dict[str, dict[str, float]] = {name: {} for name in FIGURES}
        parameters = {"now": self.clock.now()}
        try:
            async with self.engine.connect() as connection:
                for figure in QUERIES:
                    await asyncio.sleep(PAUSE_S)
                    rows = await connection.execute(text(figure.query), parameters if ":now" in figure.query else {})
                    for *labels, value in rows:
                        if value is not None:
                            figures[figure.name][":".join(map(str, labels))] = float(value)
                for name, label, value in await connection.execute(text(_COUNTED_SO_FAR)):
                    if name in figures:
                        figures[name][label] = float(value)
        except (SQLAlchemyError, OSError) as error:
            raise RetryLater("the database does not answer") from error
        return figures

    async def ready(self) -> bool:
        """Return True if the database responds in time, has Umbral's tables, and lets the web process read those that
        its work needs; they may be locked.
        """
        try:
            async with asyncio.timeout(READY_S), self.engine.connect() as connection:
                await connection.execute(_READY)
        except (SQLAlchemyError, OSError):  # TimeoutError is an OSError
            return False
        return True
