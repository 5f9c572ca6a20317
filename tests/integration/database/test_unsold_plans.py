"""Check that the list of plans and the dashboard agree with the rule that a plan is not sold while a chat that it opens
is missing.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from subscriptions.application.catalog.plan_catalog import PlanCatalog, missing_of
from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.resource import CONTENT, GROUP, SHARED_CHANNEL, EntryPolicy, Resource, ResourceStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.invite_maker import channel_look
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY
from tests.fakes.units import Units

OPENED = {
    "here": [],
    "gone": ["gone"],
    "shut": ["shut"],
    "bound": ["bound"],
    "bare": ["bare"],
    "retired": ["retired"],
    "guide": [],
    "strange": ["strange"],
    "personal": [],
    "vip": ["vip"],
}
"""Opened resources that no customer can join, keyed by plan."""


@pytest.fixture
async def shop(units: Units, now: datetime = NOON) -> Units:
    """Create a plan for each entry of `OPENED`, a plan that opens the resources of all these plans, and an inactive
    plan.
    """
    async with units() as uow:
        for number, (name, kind) in enumerate(
            {
                "here": GROUP,
                "gone": GROUP,
                "shut": GROUP,
                "bound": SHARED_CHANNEL,
                "bare": SHARED_CHANNEL,
                "retired": GROUP,
                "guide": CONTENT,
                "strange": "of_a_newer_version",
            }.items()
        ):
            resource = Resource.add(name, kind, name.title(), EntryPolicy.REQUEST, now)
            assert await uow.resources.add_if_new(resource)
            if name in {"here", "gone", "shut", "bound", "retired"}:
                channel = Channel.for_resource(resource, ChatId(-1000 - number), name, now)
                if name == "gone":
                    channel.status = ChannelStatus.DELETED
                assert await uow.channels.add_if_new(channel)
            if name in {"here", "shut", "bound"}:
                missing = {"here": ("post",), "bound": ("post", "invite")}.get(name, ())
                look = channel_look(ChatId(-1000 - number), name, is_admin=name != "shut", missing=missing)
                await uow.resources.see_chat(look, now)
            if name == "retired":
                resource.status = ResourceStatus.RETIRED
                await uow.resources.save(resource)
        for name in OPENED:
            await uow.plans.save(samples.plan(soft_id=name, opens=(name,)))
        await uow.plans.save(samples.plan(soft_id="all", opens=tuple(OPENED)))
        await uow.plans.save(samples.plan(soft_id="off", opens=("bare",), active=False))
        await uow.commit()
    return units


async def test_plan_that_opens_a_resource_of_an_unknown_kind_is_not_offered(shop: Units) -> None:
    offer = await PlanCatalog(shop).offer()

    assert {plan.soft_id for plan in offer.plans} == {"here", "guide", "personal"}
    assert "strange" not in offer.own_resources


@pytest.mark.parametrize(
    ("status", "room", "is_stocked", "is_sold"),
    [
        (AccountStatus.ACTIVE, 1, False, True),
        (AccountStatus.ACTIVE, 0, False, False),
        (AccountStatus.FULL, 0, True, True),
        (AccountStatus.FULL, 0, False, False),
        (AccountStatus.DEAD, 1, True, False),
        (AccountStatus.RESTRICTED, 1, True, False),
        (AccountStatus.RETIRED, 1, True, False),
    ],
)
async def test_personal_channel_is_sold_only_while_an_account_can_provide_it(
    shop: Units, status: AccountStatus, room: int, is_stocked: bool, is_sold: bool
) -> None:
    async with shop() as uow:
        assert await uow.accounts.add_if_new(samples.account(status=status, channel_cap=5, channels_used=5 - room))
        if is_stocked:
            channel = Channel.plan_precreated("stock", NOON)
            channel.status = ChannelStatus.READY
            assert await uow.channels.add_if_new(channel)
        await uow.commit()

    offer = await PlanCatalog(shop).offer()
    assert ("personal" in {plan.soft_id for plan in offer.plans}) is is_sold
    assert shop.engine is not None
    lists, model = SqlLists(shop.engine, ManualClock(), POLICY), LISTS["plans"]
    query = Query(interface=Interface.PROGRAMS, filters={}, sort=model.sort, is_descending=False)
    missing = {row["id"]: row["missing"] for row in await lists.rows(model, query, 20)}
    assert missing["personal"] == ([] if is_sold else ["personal"])


async def test_plan_names_the_providers_that_refuse_its_price(shop: Units) -> None:
    async with shop() as uow:
        (plan,) = [each for each in await uow.plans.all() if each.soft_id == "here"]
        for provider, fault in {"acme": "archived", "coins": "gone", "stars": None}.items():
            price = PlanPaymentPrice(plan_id=plan.id, provider=provider, external_price_id="price-1", fault=fault)
            await uow.plans.save_price(price)
        await uow.commit()
        refused_by = {each.soft_id: each.refused_by for each in await uow.plans.all()}
        assert refused_by == dict.fromkeys(refused_by, frozenset()) | {"here": {"acme", "coins"}}
        (known,) = await uow.plans.list_priced("acme", "price-1")
        assert known.refused_by == {"acme", "coins"}
        await uow.plans.forget_prices(plan.id)
        found = await uow.plans.get(plan.id)
        assert found is not None
        assert found.refused_by == frozenset()


async def test_plan_list_and_dashboard_count_the_same_missing_chats_as_the_sales_rule(shop: Units) -> None:
    async with shop() as uow:
        plans = await uow.plans.all(active_only=False)
        missing = await missing_of(uow, plans)
    by_rule = {plan.soft_id: list(missing[plan.id]) for plan in plans}
    assert by_rule == OPENED | {"all": ["gone", "shut", "bound", "bare", "retired", "strange", "vip"], "off": ["bare"]}

    assert shop.engine is not None
    lists, model = SqlLists(shop.engine, ManualClock(), POLICY), LISTS["plans"]
    query = Query(interface=Interface.PROGRAMS, filters={}, sort=model.sort, is_descending=False)
    assert {row["id"]: row["missing"] for row in await lists.rows(model, query, 20)} == by_rule
    unsold = Query(interface=Interface.STAFF, filters={"state": "unsold"}, sort=model.sort, is_descending=False)
    found = await lists.rows(model, unsold, 20)
    assert {row["soft_id"] for row in found} == {plan.soft_id for plan in plans if plan.active and missing[plan.id]}
    assert {row["missing_titles"] for row in found if row["soft_id"] == "all"} == {
        "Gone, Shut, Bound, Bare, Retired, Strange, VIP"
    }
    assert (await lists.summary(NOON, NOON))["unsold"] == len(found)
