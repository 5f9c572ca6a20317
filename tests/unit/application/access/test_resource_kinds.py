"""Plans that open several kinds of resource, and the effect of changing the resources of a plan.

The behaviour of each single kind is tested in `tests/contract/test_resource_kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from subscriptions.application.access import kinds, open_plan
from subscriptions.application.access.ask_content import AskContent
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.plan_chats import chats_of, chats_with_access
from subscriptions.application.access.resource_kind import in_lock_order, resource_kinds
from subscriptions.application.catalog.plan_input import save_edited
from subscriptions.application.dto import jobs
from subscriptions.application.expiry.expire_vip import ExpireVip
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.content_messages import ContentReady
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.content import Content, ContentForm
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.resource import CONTENT, GROUP, PERSONAL, SHARED_CHANNEL, VIP, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PERIOD_OVER, STAFF, Subscription
from subscriptions.domain.ids import ChatId, TelegramId
from tests.fakes import samples
from tests.fakes.resources import own, vip
from tests.fakes.samples import NOON
from tests.fakes.shop import memory_shop

NEWS = "news"
TALK = "talk"
GUIDE = "guide"


def test_folder_of_each_resource_kind_is_registered():
    folders = {path.parent.name for path in Path(kinds.__path__[0]).glob("*/kind.py")}
    assert folders == set(resource_kinds())


def test_lock_order_puts_the_personal_channel_before_the_vip_channel():
    assert [each.soft_id for each in in_lock_order([vip(), own()])] == [PERSONAL, VIP]


class Opened:
    """Shop with a shared channel, a group and content, and one customer's access to them."""

    def __init__(self) -> None:
        self.shop = memory_shop()
        self.granting = GrantAccess(self.shop.policy)
        self.customer = samples.customer()
        self.done = 0
        self.days = 30

    async def begin(self) -> None:
        async with self.shop.units() as uow:
            news = Resource.add(NEWS, SHARED_CHANNEL, "News", EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(news)
            assert await uow.channels.add_if_new(Channel.for_resource(news, ChatId(-1009), "News", NOON))
            talk = Resource.add(TALK, GROUP, "Talk", EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(talk)
            assert await uow.channels.add_if_new(Channel.for_resource(talk, ChatId(-1008), "Talk", NOON))
            guide = Resource.add(GUIDE, CONTENT, "Guide", EntryPolicy.DIRECT, NOON)
            assert await uow.resources.add_if_new(guide)
            await uow.resources.save_content(Content.parse(guide.id, "Read this."))
            await uow.customers.add_if_new(self.customer)
            await uow.commit()

    async def buy(self, *opens: str) -> tuple[Subscription, ServicePlan]:
        plan = samples.plan(soft_id="-".join(("plan", *opens)), opens=opens)
        bought = samples.given(self.customer, plan, self.shop.clock.now() + timedelta(days=self.days))
        bought.created_at = self.shop.clock.now()
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

    async def rest(self, bought: Subscription, plan: ServicePlan) -> None:
        await self._change(bought, plan, lambda held: held.pause(STAFF, self.shop.clock.now()))

    async def go_on(self, bought: Subscription, plan: ServicePlan) -> None:
        await self._change(bought, plan, lambda held: held.resume(STAFF, self.shop.clock.now()))

    async def go_over(self, bought: Subscription, plan: ServicePlan) -> None:
        async with self.shop.units() as uow:
            await uow.plans.save(plan)
            await uow.commit()
        change = PlanChange.from_prices(bought.id, (bought.plan_id, bought.price), (plan.id, plan.price), NOON)
        await self._change(bought, plan, lambda held: held.switch(change, None, plan))

    async def _change(self, bought: Subscription, plan: ServicePlan, act: Callable[[Subscription], None]) -> None:
        async with self.shop.units() as uow:
            held = await uow.subscriptions.get(bought.id, lock=True)
            assert held is not None
            act(held)
            await uow.subscriptions.save(held)
            await self.granting.settle(uow, held, self.customer, plan, self.shop.clock.now())
            await uow.commit()

    async def may_have(self, soft_id: str) -> bool:
        """Return True if the bot currently delivers the content to the customer."""
        ask = AskContent(self.shop.units, self.shop.clock, self.shop.policy)
        return await ask(self.customer.telegram_id, soft_id, "press")

    async def handed_over(self) -> list[str]:
        """Return the keys of the content messages that were queued, in order."""
        return [
            job.payload["key"]
            for job in self.shop.memory.jobs_named("bot.announce")
            if job.payload["kind"] == MessageKind.CONTENT
        ]

    async def rights(self, plan: ServicePlan) -> list[AccessStatus | None]:
        async with self.shop.units() as uow:
            chats = await chats_with_access(uow, self.customer.id, plan)
            return [access.status if access is not None else None for _, access in chats]


@pytest.fixture
async def opened() -> Opened:
    made = Opened()
    await made.begin()
    return made


async def test_plan_opens_all_its_resources_and_its_end_closes_all_of_them(opened: Opened) -> None:
    bought, plan = await opened.buy(NEWS, PERSONAL, TALK)
    assert await opened.rights(plan) == [AccessStatus.PENDING] * 3
    await opened.end(bought, plan)
    assert await opened.rights(plan) == [AccessStatus.REVOKING] * 3


async def test_links_of_one_purchase_are_requested_by_one_job(opened: Opened):
    _, plan = await opened.buy(TALK, NEWS)
    (job,) = opened.shop.memory.jobs_named("bot.tend_vip_entry")
    async with opened.shop.units() as uow:
        channels = {
            str(channel.id)
            for channel, _ in await chats_with_access(uow, opened.customer.id, plan)
            if channel is not None
        }
    assert {job.payload["channel_id"], *job.payload["also"]} == channels


async def test_purchase_queues_one_link_for_the_chat_that_the_plan_opens(opened: Opened):
    _, plan = await opened.buy(NEWS)
    async with opened.shop.units() as uow:
        [(channel, _)] = await chats_with_access(uow, opened.customer.id, plan)
    assert channel is not None
    jobs = opened.shop.memory.jobs_named("bot.tend_vip_entry")
    assert [job.payload["channel_id"] for job in jobs] == [str(channel.id)]


async def reopen(opened: Opened, plan: ServicePlan, *opens: str) -> ServicePlan:
    """Change the resources that the plan opens, and run the jobs that follow."""
    changed = replace(plan, opens=opens)
    async with opened.shop.units() as uow:
        assert await save_edited(uow, plan, changed)
        await uow.commit()
    work = OpenPlan(opened.shop.units, opened.shop.clock, opened.granting)
    done = opened.done
    waiting = await opened.shop.jobs("core.open_plan")
    while len(waiting) > done:
        for job in waiting[done:]:
            await work(jobs.OpenPlan.parse(job))
            await work(jobs.OpenPlan.parse(job))
        done, waiting = len(waiting), await opened.shop.jobs("core.open_plan")
    opened.done = done
    async with opened.shop.units() as uow:
        stored = await uow.plans.get(plan.id)
        assert stored is not None
        return stored


@pytest.mark.parametrize("added", [NEWS, TALK, PERSONAL])
async def test_subscriber_is_admitted_to_a_resource_added_to_the_plan(opened: Opened, added: str) -> None:
    first = TALK if added != TALK else NEWS
    _, plan = await opened.buy(first)
    plan = await reopen(opened, plan, first, added)
    assert await opened.rights(plan) == [AccessStatus.PENDING, AccessStatus.PENDING]


async def test_resource_removed_from_a_plan_remains_accessible_until_the_end(opened: Opened) -> None:
    bought, before = await opened.buy(NEWS, TALK)
    plan = await reopen(opened, before, NEWS)
    assert await opened.rights(before) == [AccessStatus.PENDING, AccessStatus.PENDING]
    assert not await opened.shop.jobs("core.open_plan")
    await opened.end(bought, plan)
    assert await opened.rights(before) == [AccessStatus.REVOKING, AccessStatus.REVOKING]


async def test_ended_subscription_gets_no_resource_added_to_the_plan(opened: Opened) -> None:
    bought, before = await opened.buy(NEWS)
    await opened.end(bought, before)
    plan = await reopen(opened, before, NEWS, TALK)
    assert await opened.rights(plan) == [AccessStatus.REVOKING, None]


async def test_chat_added_to_a_plan_changes_nothing_for_customers_with_access_from_another_plan(opened: Opened) -> None:
    _, plan = await opened.buy(NEWS)
    await opened.buy(TALK)
    before = await opened.shop.jobs("bot.tend_vip_entry")
    plan = await reopen(opened, plan, NEWS, TALK)
    assert await opened.rights(plan) == [AccessStatus.PENDING, AccessStatus.PENDING]
    assert await opened.shop.jobs("bot.tend_vip_entry") == before


async def test_many_subscribers_are_admitted_page_by_page(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_plan, "PAGE", 2)
    _, plan = await opened.buy(NEWS)
    for _ in range(4):
        opened.customer = samples.customer()
        async with opened.shop.units() as uow:
            await uow.customers.add_if_new(opened.customer)
            bought = samples.given(opened.customer, plan, opened.shop.clock.now() + timedelta(days=30))
            await uow.subscriptions.save(bought)
            await uow.commit()
    plan = await reopen(opened, plan, NEWS, TALK)
    async with opened.shop.units() as uow:
        talk = await uow.resources.by_soft_id(TALK)
        assert talk is not None
        channel = await uow.resources.channel(talk.id)
        assert channel is not None
        assert len(await uow.accesses.of_channel(channel.id)) == 5


async def test_paused_subscriber_gets_an_added_resource_on_resume(
    opened: Opened,
) -> None:
    bought, before = await opened.buy(NEWS)
    await opened.rest(bought, before)
    plan = await reopen(opened, before, NEWS, TALK)
    assert await opened.rights(plan) == [AccessStatus.SUSPENDED, None]
    await opened.go_on(bought, plan)
    assert await opened.rights(plan) == [AccessStatus.PENDING, AccessStatus.PENDING]


async def test_plan_change_opens_the_resources_of_the_new_plan(opened: Opened) -> None:
    bought, _ = await opened.buy(NEWS)
    other = samples.plan(soft_id="more", opens=(NEWS, TALK))
    await opened.go_over(bought, other)
    assert await opened.rights(other) == [AccessStatus.PENDING, AccessStatus.PENDING]


async def test_access_lasts_as_long_as_the_longest_plan_that_opens_the_chat(opened: Opened) -> None:
    _, plan = await opened.buy(NEWS)
    opened.days = 10
    await opened.buy(TALK)
    plan = await reopen(opened, plan, NEWS, TALK)
    async with opened.shop.units() as uow:
        ends = {
            access.ends_at for _, access in await chats_with_access(uow, opened.customer.id, plan) if access is not None
        }
    assert ends == {NOON + timedelta(days=30)}


@pytest.mark.parametrize(("removed", "swept"), [(TALK, False), (TALK, True), (PERSONAL, True)])
async def test_grandfathered_entitlement_ends_with_the_period_that_was_paid(
    opened: Opened, removed: str, *, swept: bool
) -> None:
    bought, before = await opened.buy(NEWS, removed)
    plan = await reopen(opened, before, NEWS)
    opened.shop.clock.advance(timedelta(days=opened.days, minutes=1))
    if swept:
        assert await ExpireVip(opened.shop.units, opened.shop.clock, opened.shop.policy)() == 1
    else:
        await opened.end(bought, plan)
    assert await opened.rights(before) == [AccessStatus.REVOKING, AccessStatus.REVOKING]


@pytest.mark.parametrize("opens", [(GUIDE,), (GUIDE, NEWS, PERSONAL)], ids="-".join)
async def test_content_is_sent_once_and_on_request_until_the_end(opened: Opened, opens: tuple[str, ...]) -> None:
    assert not await opened.may_have(GUIDE)
    bought, plan = await opened.buy(*opens)
    assert await opened.may_have(GUIDE)
    async with opened.shop.units() as uow:
        await opened.granting.grant(uow, bought, opened.customer, plan, opened.shop.clock.now())
        chats = await chats_of(uow, opened.customer.id, plan, opened.shop.policy, opened.shop.clock.now())
        await uow.commit()
    assert [each.handed_over for each in chats] == [GUIDE if each == GUIDE else None for each in opens]
    given = await opened.handed_over()
    # The unique keys in the database: one for the purchase, one for the request, and none for the renewal.
    assert len({key for key in given if not key.endswith("press")}) == 1
    await opened.end(bought, plan)
    assert not await opened.may_have(GUIDE)
    assert len(set(await opened.handed_over())) == 2


async def test_content_button_pressed_by_customers_without_access_delivers_nothing(opened: Opened) -> None:
    await opened.buy(GUIDE)
    given = await opened.handed_over()
    ask = AskContent(opened.shop.units, opened.shop.clock, opened.shop.policy)
    strangers = [samples.customer(telegram_id=TelegramId(9000 + number)) for number in range(50)]
    async with opened.shop.units() as uow:
        for stranger in strangers:
            await uow.customers.add_if_new(stranger)
        await uow.commit()
    # The press includes the holder's own callback data: a button names the content, never its holder.
    assert not any([await ask(stranger.telegram_id, GUIDE, "press") for stranger in strangers])
    assert await opened.handed_over() == given


async def test_subscriber_gets_content_added_to_the_plan(opened: Opened) -> None:
    _, plan = await opened.buy(NEWS)
    assert await opened.handed_over() == []
    await reopen(opened, plan, NEWS, GUIDE)
    assert len(set(await opened.handed_over())) == 1


async def test_content_message_sent_after_access_ended_contains_no_content(opened: Opened) -> None:
    bought, plan = await opened.buy(GUIDE)
    async with opened.shop.units() as uow:
        guide = await uow.resources.by_soft_id(GUIDE)
        assert guide is not None
        sources = Sources(uow, opened.shop.policy, opened.shop.clock.now(), opened.customer.id)
        said = await ContentReady.load(sources, guide.id)
    assert said == ContentReady(title="Guide", form=ContentForm.TEXT, body="Read this.")
    await opened.end(bought, plan)
    async with opened.shop.units() as uow:
        sources = Sources(uow, opened.shop.policy, opened.shop.clock.now(), opened.customer.id)
        assert await ContentReady.load(sources, guide.id) is None
