"""Counters summed over all processes. Each counter with its labels has one row, to which all processes add their
counts.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.errors import RetryLater
from subscriptions.infrastructure import tally
from subscriptions.infrastructure.database.errors import translate_errors

# Rows are written in a fixed order, so that two concurrent processes cannot deadlock.
_ADD: Final = text(
    "INSERT INTO tallies (name, label, value) SELECT * FROM unnest(CAST(:names AS text[]), CAST(:labels AS text[]),"
    " CAST(:values AS bigint[])) AS mine(name, label, value) ORDER BY 1, 2"
    " ON CONFLICT (name, label) DO UPDATE SET value = tallies.value + excluded.value"
)


@dataclass(frozen=True)
class Tallies:
    """Writer that adds this process's counts to the shared counters. A killed process loses the counts of its last
    seconds; no decision depends on them.
    """

    engine: AsyncEngine

    async def add(self) -> None:
        """Add the counts since the last call to the shared counters. If a temporary database error occurs, raises
        RetryLater and keeps the counts for the next call.
        """
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
