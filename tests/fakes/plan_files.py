"""Import of a plans file into an in-memory shop, as the import command does it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from subscriptions.application.catalog.plan_files import ComparePlans, PlanDifference
from subscriptions.application.staff.actor import SHELL
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff


class BringIn:
    """Importer that compares a plans file with the shop and applies the differences."""

    def __init__(self, shop: Shop) -> None:
        self._compare = ComparePlans(shop.units, shop.clock)
        self._act = Staff(shop)

    async def __call__(self, records: object, *, dry_run: bool) -> Sequence[PlanDifference]:
        """Compare the file with the shop, and apply the differences unless `dry_run`. Raises InvalidInput."""
        differences = await self._compare(records)
        if not dry_run:
            await self._act(SHELL, "import_plans", "", file=json.dumps(records, default=str))
        return differences
