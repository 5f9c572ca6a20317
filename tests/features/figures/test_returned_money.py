"""Monthly revenue less refunds and lost disputes, calculated by hand, with the same results in memory and in
PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from features.figures.ports import FIGURES_KEY
from tests.contract.test_returned_money import MADRID, half_lost, partial_dispute, two_months
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

EDGES = [datetime(2026, month, 1, tzinfo=MADRID) for month in (1, 2, 3)]


async def revenue(units: Units) -> list[tuple[int, int, int]]:
    """Return each month's number, revenue in minor units, and number of payments."""
    async with units() as uow:
        months = await uow.of(FIGURES_KEY).revenue(EDGES)
    assert {line.amount.currency for line in months} == {"EUR"}
    return [(line.month.month, line.amount.minor, line.payments) for line in months]


async def test_lost_dispute_reduces_revenue_of_its_closing_month(units: Units) -> None:
    await two_months(units)
    assert await revenue(units) == [(1, 5499, 3), (2, -4499, 0)]


async def test_lost_partial_dispute_reduces_revenue_by_the_disputed_amount(units: Units) -> None:
    await partial_dispute(units)
    assert await revenue(units) == [(1, 2999, 1), (2, -1500, 0)]


@pytest.mark.parametrize(("repeats", "left"), [(False, 0), (True, 500), (None, 500)])
async def test_repeated_refund_reduces_revenue_once(units: Units, repeats: bool | None, left: int) -> None:
    await half_lost(units, repeats=repeats)
    assert await revenue(units) == [(1, 1000, 1), (2, left - 1000, 0)]
