"""The list of subscriptions, with the same end of access as shown to customers, including grace days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes.clock import ManualClock
from tests.fakes.selling import selling
from tests.fakes.shop import POLICY
from tests.fakes.units import Units


@pytest.mark.parametrize("late", [0, 6], ids=["refused at once", "refused after days"])
@pytest.mark.parametrize("own_days", [None, 2], ids=["grace period of the operator", "grace period of the plan"])
@pytest.mark.parametrize("interface", [Interface.STAFF, Interface.PROGRAMS, Interface.EVENTS])
async def test_subscription_list_shows_the_end_of_access_including_grace_days_after_a_failed_charge(
    units: Units, interface: Interface, own_days: int | None, late: int
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        plan = await uow.plans.get(sale.plan.id, lock=True)
        subscription = await uow.subscriptions.get(sale.subscription.id, lock=True)
        assert plan is not None
        assert subscription is not None
        assert subscription.access_until is not None
        plan.grace_days = own_days
        subscription.status = SubscriptionStatus.PAST_DUE
        subscription.owed_since = subscription.access_until + timedelta(days=late)
        await uow.plans.save(plan)
        await uow.subscriptions.save(subscription)
        await uow.commit()
    model = LISTS["subscriptions"]
    sort = next(each.sort for each in model.columns if each.name == "access_until")
    assert units.engine is not None
    assert sort is not None
    query = Query(interface=interface, filters={}, sort=sort, is_descending=True)
    (row,) = await SqlLists(units.engine, ManualClock(), POLICY).rows(model, query, 5)
    grace = POLICY.grace if own_days is None else timedelta(days=own_days)
    assert row["access_until"] == subscription.owed_since + grace
