"""The list of subscriptions, with the end of access that everybody is shown, including grace days and suspensions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.domain.entities.subscription import (
    BAN,
    DISPUTE,
    PROVIDER,
    STAFF,
    Subscription,
    SubscriptionStatus,
)
from subscriptions.domain.services import access_policy
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.shop import POLICY
from tests.fakes.units import Units

DAY: Final = timedelta(days=1)


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


HOLDS: Final[dict[str, dict[str, Any]]] = {
    "no hold": {},
    "staff": {"paused_for": frozenset({STAFF})},
    "dispute and ban": {"paused_for": frozenset({DISPUTE, BAN})},
    "staff, paused at the provider": {"paused_for": frozenset({STAFF, PROVIDER})},
    "staff, in an earlier release": {"paused_for": frozenset({STAFF}), "withheld_since": None},
}
BEFORE: Final[dict[str, dict[str, Any]]] = {
    "active": {},
    "trialing": {"status": SubscriptionStatus.TRIALING, "canceled_from": SubscriptionStatus.TRIALING},
    "past due": {"status": SubscriptionStatus.PAST_DUE, "access_until": NOON - 3 * DAY, "owed_since": NOON - 3 * DAY},
    "refused late": {"status": SubscriptionStatus.PAST_DUE, "access_until": NOON - 6 * DAY, "owed_since": NOON},
    "canceled": {"status": SubscriptionStatus.CANCELED, "cancel_at_period_end": True},
    "charged": {"charging_since": NOON - 3 * DAY, "access_until": NOON - 3 * DAY},
    "charged while canceled": {
        "status": SubscriptionStatus.CANCELED,
        "cancel_at_period_end": True,
        "charging_since": NOON - 3 * DAY,
    },
    "never had time": {"access_until": None},
}


@pytest.mark.parametrize("hold", HOLDS)
async def test_subscription_list_names_the_end_that_everybody_is_shown(units: Units, hold: str) -> None:
    """A held subscription is paused, unless it was canceled."""
    stored: dict[object, Subscription] = {}
    async with units() as uow:
        sale = await selling(uow)
        for state in BEFORE.values():
            who = samples.customer()
            order = samples.order(who, sale.plan)
            facts: dict[str, Any] = {
                "withheld_since": NOON - 2 * DAY if hold != "no hold" else None,
                "current_period_end": NOON + 20 * DAY,
                **state,
                **HOLDS[hold],
            }
            if hold != "no hold" and facts.get("status") is not SubscriptionStatus.CANCELED:
                facts["status"] = SubscriptionStatus.PAUSED
            held = samples.subscription(order, **facts)
            stored[held.id] = held
            await uow.customers.save(who)
            await uow.orders.save(order)
            await uow.subscriptions.save(held)
        await uow.commit()
    clock, model = ManualClock(), LISTS["subscriptions"]
    sort = next(each.sort for each in model.columns if each.name == "access_until")
    assert units.engine is not None
    assert sort is not None
    query = Query(interface=Interface.PROGRAMS, filters={}, sort=sort, is_descending=True)
    rows = await SqlLists(units.engine, clock, POLICY).rows(model, query, 20)
    shown = {row["id"]: row["access_until"] for row in rows if row["id"] in stored}
    now = clock.now()
    assert shown == {key: access_policy.shown_end(each, POLICY.grace, now) for key, each in stored.items()}


async def test_suspended_subscription_is_not_listed_as_ending(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        sale.subscription.status, sale.subscription.access_until = SubscriptionStatus.CANCELED, NOON + DAY / 2
        await uow.subscriptions.save(sale.subscription)
        await uow.commit()
    assert units.engine is not None
    lists, model = SqlLists(units.engine, ManualClock(), POLICY), LISTS["subscriptions"]
    for kind in ("ending", "ending_soon"):
        query = Query(interface=Interface.STAFF, filters={"state": kind}, sort=model.sort, is_descending=True)
        assert len(await lists.rows(model, query, 5)) == 1
    async with units() as uow:
        sale.subscription.paused_for, sale.subscription.withheld_since = frozenset({STAFF}), NOON
        await uow.subscriptions.save(sale.subscription)
        await uow.commit()
    for kind in ("ending", "ending_soon"):
        query = Query(interface=Interface.STAFF, filters={"state": kind}, sort=model.sort, is_descending=True)
        assert len(await lists.rows(model, query, 5)) == 0
