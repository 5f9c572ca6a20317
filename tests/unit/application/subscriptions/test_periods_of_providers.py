"""Check that providers that charge automatically sell only plans whose interval they support, and that other providers
sell single periods of any length.
"""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.service_plan import Interval
from tests.fakes.shop import Shop

MONTHLY = frozenset([(Interval.MONTH, 1)])


@pytest.mark.parametrize(
    ("interval", "acme"), [(Interval.MONTH, True), (Interval.YEAR, False), (Interval.WEEK, False)], ids=str
)
async def test_automatic_method_is_offered_only_for_plan_intervals_that_its_provider_supports(
    shop: Shop, interval: Interval, acme: bool
) -> None:
    shop.sells_by_all()
    shop.gateways.periods = {"acme": MONTHLY, "coins": MONTHLY}
    plan = await shop.plan(interval=interval)
    methods = (await shop.plans.one(plan.soft_id)).methods
    assert ("acme" in methods) is acme
    assert "coins" in methods


async def test_one_time_plan_is_sold_by_a_provider_regardless_of_its_supported_intervals(shop: Shop) -> None:
    shop.gateways.periods = {"acme": MONTHLY}
    plan = await shop.plan(recurring=False, interval=None, duration_days=90)
    assert (await shop.plans.one(plan.soft_id)).methods == ("acme",)
