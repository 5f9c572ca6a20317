"""Check that concurrent readers of the cached plans on sale load them only once when the cache has expired."""

from __future__ import annotations

import asyncio

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from tests.fakes.shop import Shop


async def test_concurrent_readers_of_an_expired_plan_cache_load_the_plans_once(shop: Shop) -> None:
    await shop.plan()
    opened = 0

    def units():
        nonlocal opened
        opened += 1
        return shop.units()

    catalog = PlanCatalog(units)
    offers = await asyncio.gather(*(catalog.offer() for _ in range(50)))
    assert opened == 1
    assert all(offer.plans for offer in offers)
