"""Monthly check of a digest of the whole database, and of the figures that the console shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.repositories.figures import ALL, FIGURES_KEY, Part
from subscriptions.domain.services.spans import month_edges
from tests.fakes.unit_of_work import MemoryUnitOfWork, no_jobs
from tests.fakes.units import sql_unit
from tests.support.books import differences, read_books
from tests.year.journal import Journal
from tests.year.line import Line
from tests.year.promises import Broken
from tests.year.tables import contents

ZONE: Final = ZoneInfo("Europe/Madrid")
"""Time zone of the months, which begin an hour or two before those of the clock."""
MONTHS: Final = 14
"""The year's twelve months, the one before and the one after."""


async def close(journal: Journal, line: Line, engine: AsyncEngine, now: datetime, provider: str = "") -> None:
    """Record a digest of the database and check the figures. Raise Broken. provider: also check each part of the
    business separately, including this provider's payments.
    """
    journal.tell("tables", await contents(line))
    await hold_figures(engine, now, provider)


async def hold_figures(engine: AsyncEngine, now: datetime, provider: str) -> None:
    """Raise Broken if a slow and plain calculation gives another figure.

    Uses separate connections, because the monitors of the year's own queries must not see these.
    """
    apart = create_async_engine(engine.url, pool_size=1)
    try:
        books = await read_books(apart)
        parts = [ALL, *(_parts(books.rows("service_plans"), provider) if provider else ())]
        async with sql_unit(apart, no_jobs) as told, MemoryUnitOfWork(books) as plain:
            rows = await differences(
                told.of(FIGURES_KEY), plain.of(FIGURES_KEY), month_edges(now, ZONE, MONTHS), now, parts
            )
    finally:
        await apart.dispose()
    if rows:
        raise Broken("the figures are what a plain recomputation gives", rows, None)


def _parts(plans: Sequence[ServicePlan], provider: str) -> list[Part]:
    return [Part(provider=provider), Part(provider="nobody's"), *(Part(plan_id=plan.id) for plan in plans)]
