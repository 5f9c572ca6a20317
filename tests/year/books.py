"""Monthly record of a digest of the whole database, and checks of the figures that features derive
from the database.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.of_features import of_features
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.tables import contents


async def close(journal: Journal, line: Line, engine: AsyncEngine, now: datetime, provider: str = "") -> None:
    """Record a digest of the database and run the checks that features register for the simulated year. Raises Broken
    if a figure is wrong.

    provider: name of the simulated provider; with a name, the figures of each plan and of each provider are also
        checked separately.
    """
    journal.log("tables", await contents(line))
    for check in of_features("year", "CHECKS").values():
        await check(engine, now, provider)
