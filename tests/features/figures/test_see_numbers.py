"""The statistics of the last thirty days, for authorized staff."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from features.figures.use_cases.see_numbers import SeeNumbers
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.shop import Shop


async def test_figures_are_visible_to_managers_but_not_to_support(shop: Shop) -> None:
    see = SeeNumbers(shop.units, shop.clock, StaffDesk(shop.units, shop.clock))
    support = await shop.customer(staff_role=StaffRole.SUPPORT)
    marta = await shop.customer(staff_role=StaffRole.MANAGER)
    with pytest.raises(NotAllowed):
        await see(support.telegram_id, ZoneInfo("UTC"))
    found = await see(marta.telegram_id, ZoneInfo("UTC"))
    assert (found.active, found.revenue, len(found.days)) == (0, (), 30)
    assert found.days[-1].day + timedelta(days=1) > shop.clock.now()
