"""What all processes counted: one row for each count and its labels, to which each process adds its own."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure import tally
from subscriptions.infrastructure.database.errors import translate_errors

# In a fixed order, so that two processes that add never wait for each other.
_ADD: Final = text(
    "INSERT INTO tallies (name, label, value) SELECT * FROM unnest(CAST(:names AS text[]), CAST(:labels AS text[]),"
    " CAST(:values AS bigint[])) AS mine(name, label, value) ORDER BY 1, 2"
    " ON CONFLICT (name, label) DO UPDATE SET value = tallies.value + excluded.value"
)


@dataclass(frozen=True)
class Tallies:
    """Adds what this process counted. One that is killed takes the last seconds along: nothing goes by them."""

    engine: AsyncEngine

    async def add(self) -> None:
        """Raises RetryLater: it is kept for the next time."""
        counts = tally.take_counts()
        if not counts:
            return
        rows = {
            "names": [name for name, _ in counts],
            "labels": [label for _, label in counts],
            "values": list(counts.values()),
        }
        try:
            with translate_errors():
                async with self.engine.begin() as connection:
                    await connection.execute(_ADD, rows)
        except RetryLater:
            tally.given_back(counts)
            raise
