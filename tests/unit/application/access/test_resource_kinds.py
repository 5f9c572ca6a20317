"""What every kind of resource has to do, whichever it is: the kinds are found by their folders."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from subscriptions.application.access import kinds
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.resource_kind import in_lock_order, resource_kinds
from subscriptions.application.access.way import ways_of
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, PERSONAL, SHARED_CHANNEL, VIP, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PERIOD_OVER, Subscription
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.resources import own, vip
from tests.fakes.samples import NOON
from tests.fakes.shop import memory_shop

NEWS = "news"
TALK = "talk"


def test_each_folder_is_a_kind():
    folders = {path.parent.name for path in Path(kinds.__path__[0]).glob("*/kind.py")}
    assert folders == set(resource_kinds())


def test_what_is_opened_first_locks_channels_before_rights():
    assert [each.soft_id for each in in_lock_order([vip(), own()])] == [PERSONAL, VIP]


class Opened:
    """A shop with one more shared channel, and what one customer holds in it."""

    def __init__(self) -> None:
        self.shop = memory_shop()
        self.granting = GrantAccess(self.shop.policy)
        self.customer = samples.customer()

    async def begin(self) -> None:
        async with self.shop.units() as uow:
            news = Resource.add(NEWS, SHARED_CHANNEL, "News", EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(news)
            assert await uow.channels.add_if_new(Channel.shared(news, ChatId(-1009), "News", NOON))
            talk = Resource.add(TALK, GROUP, "Talk", EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(talk)
            assert await uow.channels.add_if_new(Channel.shared(talk, ChatId(-1008), "Talk", NOON))
            await uow.customers.add_if_new(self.customer)
            await uow.commit()

    async def buy(self, *opens: str) -> tuple[Subscription, ServicePlan]:
        plan = samples.plan(soft_id="-".join(("plan", *opens)), opens=opens)
        bought = samples.given(self.customer, plan, self.shop.clock.now() + timedelta(days=30))
        async with self.shop.units() as uow:
            await uow.plans.save(plan)
            await uow.subscriptions.save(bought)
            await self.granting.grant(uow, bought, self.customer, plan, self.shop.clock.now())
            await uow.commit()
        return bought, plan

    async def end(self, bought: Subscription, plan: ServicePlan) -> None:
        async with self.shop.units() as uow:
            held = await uow.subscriptions.get(bought.id, lock=True)
            assert held is not None
            held.end(PERIOD_OVER, self.shop.clock.now())
            await uow.subscriptions.save(held)
            await self.granting.settle(uow, held, self.customer, plan, self.shop.clock.now())
            await uow.commit()

    async def rights(self, plan: ServicePlan) -> list[AccessStatus | None]:
        async with self.shop.units() as uow:
            ways = await ways_of(uow, self.customer.id, plan)
            return [access.status if access is not None else None for _, access in ways]


@pytest.fixture
async def opened() -> Opened:
    made = Opened()
    await made.begin()
    return made


@pytest.mark.parametrize("opens", [(PERSONAL,), (NEWS,), (TALK,), (NEWS, PERSONAL, TALK)], ids="-".join)
async def test_a_plan_opens_each_thing_and_its_end_closes_each(opened: Opened, opens: tuple[str, ...]):
    bought, plan = await opened.buy(*opens)
    assert await opened.rights(plan) == [AccessStatus.PENDING] * len(opens)
    await opened.end(bought, plan)
    assert await opened.rights(plan) == [AccessStatus.REVOKING] * len(opens)


async def test_a_right_lasts_as_long_as_any_plan_opens_it(opened: Opened):
    first, both = await opened.buy(NEWS, PERSONAL)
    second, alone = await opened.buy(NEWS)
    await opened.end(first, both)
    assert await opened.rights(both) == [AccessStatus.PENDING, AccessStatus.REVOKING]
    await opened.end(second, alone)
    assert await opened.rights(alone) == [AccessStatus.REVOKING]


async def test_the_links_of_one_purchase_are_asked_for_together(opened: Opened):
    _, plan = await opened.buy(TALK, NEWS)
    (job,) = opened.shop.memory.jobs_named("bot.tend_vip_entry")
    async with opened.shop.units() as uow:
        places = {str(place.id) for place, _ in await ways_of(uow, opened.customer.id, plan) if place is not None}
    assert {job.payload["channel_id"], *job.payload["also"]} == places


async def test_the_bot_is_asked_for_a_link_into_the_chat_that_was_opened(opened: Opened):
    _, plan = await opened.buy(NEWS)
    async with opened.shop.units() as uow:
        [(place, _)] = await ways_of(uow, opened.customer.id, plan)
    assert place is not None
    jobs = opened.shop.memory.jobs_named("bot.tend_vip_entry")
    assert [job.payload["channel_id"] for job in jobs] == [str(place.id)]
