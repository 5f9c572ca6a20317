"""Figures about the whole system: read from the tables that all processes share, where they also add up what they
count. Names are Prometheus' way: base units, counters end in `_total`, and no label has a value for each person.

Every query goes by an index over what is open or recent, or reads a small table: what is done is never counted through.
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
"""Between two figures: all of them at once keep the database busy for 15 ms, which a webhook would wait for."""

_COUNTED_SO_FAR: Final = "SELECT name, label, value FROM tallies"
_ROOM: Final = (
    "SELECT sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END) FROM pg_settings"
    " WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
)

FIGURES: Final[Mapping[str, Figure]] = {figure.name: figure for figure in (*QUERIES, *COUNTERS)}


async def connections_for_us(engine: AsyncEngine) -> int:
    """How many connections PostgreSQL takes from those who do not administer it. Raises RetryLater."""
    with translate_errors():
        async with engine.connect() as connection:
            return int((await connection.execute(text(_ROOM))).scalar_one())


@dataclass(frozen=True)
class Figures:
    """Reads all figures."""

    engine: AsyncEngine
    clock: Clock

    async def __call__(self) -> Mapping[str, Mapping[str, float]]:
        """Figure → the labels' values, with `:` between them → value. Raises RetryLater."""
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
        """Whether the database answers and has our tables."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1 FROM service_plans LIMIT 1"))
        except (SQLAlchemyError, OSError):
            return False
        return True
