"""Monthly check, during the simulated year, of the figures that the console shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from features.figures.domain.figures import ALL, Part
from features.figures.ports import FIGURES_KEY
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.services.spans import month_edges
from tests.fakes.unit_of_work import MemoryUnitOfWork, no_jobs
from tests.fakes.units import sql_unit
from tests.features.figures.books import differences, read_books
from tests.year.promises import Broken

ZONE: Final = ZoneInfo("Europe/Madrid")
"""Time zone in which the months of the figures begin, one or two hours before the months in UTC."""
MONTHS: Final = 14
"""Number of months: the twelve months of the year, the previous and the next month."""


async def hold_figures(engine: AsyncEngine, now: datetime, provider: str) -> None:
    """Raise Broken if a slow and simple calculation gives another figure than the console.

    Uses its own database connections, so that its queries are not counted among those of the simulated product.
    """
    apart = create_async_engine(engine.url, pool_size=1)
    try:
        books = await read_books(apart)
        parts = [ALL, *(_parts(books.rows("service_plans"), provider) if provider else ())]
        async with sql_unit(apart, no_jobs) as notified, MemoryUnitOfWork(books) as plain:
            rows = await differences(
                notified.of(FIGURES_KEY), plain.of(FIGURES_KEY), month_edges(now, ZONE, MONTHS), now, parts
            )
    finally:
        await apart.dispose()
    if rows:
        raise Broken("the figures are what a plain recomputation gives", rows, None)


def _parts(plans: Sequence[ServicePlan], provider: str) -> list[Part]:
    return [Part(provider=provider), Part(provider="nobody's"), *(Part(plan_id=plan.id) for plan in plans)]


CHECKS: Final = {"figures": hold_figures}
"""Checks of the stored data, by name."""
