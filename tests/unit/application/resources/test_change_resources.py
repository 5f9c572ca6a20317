"""Staff commands that change the chats of plans: their previews, and the memberships after the change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.narrow_plan import NarrowPlan
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.plan_chats import chats_of, chats_with_access
from subscriptions.application.dto import jobs
from subscriptions.application.resources.staff_resources import AT_ONCE, PERIOD_END
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import Effect, Outcome
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.subscriptions.offered_changes import ChangedChats, changed_chats
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import (
    GROUP,
    PERSONAL,
    SHARED_CHANNEL,
    EntryPolicy,
    Resource,
    ResourceStatus,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId, new_uuid
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff

NEWS, TALK = "news", "talk"
OUT, IN = AccessStatus.REVOKING, AccessStatus.PENDING


class Chats:
    """Shop with a channel and a group, and the jobs that follow from staff commands."""

    def __init__(self) -> None:
        self.shop = memory_shop()
        self.staff = Staff(self.shop)
        self.granting = GrantAccess(self.shop.policy)
        self.narrowing = NarrowPlan(self.shop.units, self.shop.clock, self.granting)

    async def begin(self) -> None:
        async with self.shop.units() as uow:
            for name, kind, chat in ((NEWS, SHARED_CHANNEL, -1009), (TALK, GROUP, -1008)):
                resource = Resource.add(name, kind, name.title(), EntryPolicy.REQUEST, NOON)
                assert await uow.resources.add_if_new(resource)
                assert await uow.channels.add_if_new(Channel.for_resource(resource, ChatId(chat), name.title(), NOON))
            await uow.commit()

    async def plan(self, *opens: str) -> ServicePlan:
        plan = samples.plan(soft_id="-".join(("plan", *opens)), opens=opens)
        async with self.shop.units() as uow:
            await uow.plans.save(plan)
            await uow.commit()
        return plan

    async def buys(self, plan: ServicePlan, customer: Customer | None = None) -> Customer:
        customer = customer or samples.customer()
        bought = samples.given(customer, plan, self.shop.clock.now() + timedelta(days=30))
        async with self.shop.units() as uow:
            await uow.customers.add_if_new(customer)
            await uow.subscriptions.save(bought)
            await self.granting.grant(uow, bought, customer, plan, self.shop.clock.now())
            await uow.commit()
        return customer

    async def rights(self, customer: Customer, before: ServicePlan) -> list[AccessStatus | None]:
        """Return the status of the customer's access to each chat that the plan opened before the change; None without
        access.
        """
        async with self.shop.units() as uow:
            chats = await chats_with_access(uow, customer.id, before)
            return [access.status if access is not None else None for _, access in chats]

    async def does(self, act: str, about: str, **answers: str) -> Outcome:
        outcome = await self.staff.run(SHELL, act, about, answers, new_uuid())
        opening = OpenPlan(self.shop.units, self.shop.clock, self.granting)
        for job in await self.shop.jobs("core.open_plan"):
            await opening(jobs.OpenPlan.parse(job))
        for job in await self.shop.jobs("core.narrow_plan"):
            await self.narrowing(jobs.NarrowPlan.parse(job))
        return outcome

    async def shows(self, act: str, about: str, **answers: str) -> Effect | None:
        return await self.staff.run.preview(SHELL, act, about, answers)

    async def resource(self, name: str) -> Resource:
        async with self.shop.units() as uow:
            resource = await uow.resources.by_soft_id(name)
        assert resource is not None
        return resource


@pytest.fixture
async def chats() -> Chats:
    made = Chats()
    await made.begin()
    return made


async def test_renamed_chat_has_its_new_title_for_customers(chats: Chats) -> None:
    plan = await chats.plan(NEWS)
    ana = await chats.buys(plan)
    assert (await chats.does("rename_resource", NEWS, title="  Las   noticias ")).facts["title"] == "Las noticias"
    async with chats.shop.units() as uow:
        assert [each.title for each in await chats_of(uow, ana.id, plan, chats.shop.policy, NOON)] == ["Las noticias"]


@pytest.mark.parametrize(("title", "wrong"), [("", "title_empty"), ("x" * 129, "title_long")])
async def test_invalid_title_is_refused(chats: Chats, title: str, wrong: str) -> None:
    with pytest.raises(InputsRefused) as refused:
        await chats.does("rename_resource", NEWS, title=title)
    assert refused.value.errors["title"].key == wrong


async def test_personal_channel_cannot_be_renamed(chats: Chats) -> None:
    with pytest.raises(InputsRefused) as refused:
        await chats.does("rename_resource", PERSONAL, title="Tuyo")
    assert refused.value.errors["title"].key == "title_personal"


async def test_subscribers_of_a_plan_get_access_to_a_chat_attached_to_the_plan(chats: Chats) -> None:
    plan, other = await chats.plan(NEWS), await chats.plan(TALK)
    ana, both = await chats.buys(plan), await chats.buys(plan)
    await chats.buys(other, both)
    effect = await chats.shows("attach_resource", TALK, opener=plan.soft_id)
    assert effect is not None
    assert effect.facts == {"count": 1, "all": 2}
    await chats.does("attach_resource", TALK, opener=plan.soft_id)
    assert await chats.rights(ana, other) == [IN]


async def test_access_to_a_chat_detached_at_once_is_revoked_unless_another_plan_includes_it(chats: Chats) -> None:
    plan, other = await chats.plan(NEWS, TALK), await chats.plan(TALK)
    ana, both = await chats.buys(plan), await chats.buys(plan)
    await chats.buys(other, both)
    answers = {"opener": plan.soft_id, "ends": AT_ONCE}
    effect = await chats.shows("detach_resource", TALK, **answers)
    assert effect is not None
    assert (effect.name, effect.facts) == ("loses_now", {"count": 1, "kept": 1})
    await chats.does("detach_resource", TALK, **answers)
    assert await chats.rights(ana, plan) == [IN, OUT]
    assert await chats.rights(both, plan) == [IN, IN]


@pytest.mark.parametrize("first", [TALK, PERSONAL])
async def test_chat_detached_at_the_period_end_remains_accessible_until_then(chats: Chats, first: str) -> None:
    plan = await chats.plan(first, NEWS)
    ana = await chats.buys(plan)
    await chats.does("detach_resource", first, opener=plan.soft_id, ends=PERIOD_END)
    now = chats.shop.clock.now()
    async with chats.shop.units() as uow:
        changed = await uow.plans.get(plan.id)
        assert changed is not None
        assert changed.opens == (NEWS,)
        [live] = await uow.subscriptions.live_of_plan(plan.id, None, 9)
        # A renewal before the end of the paid period takes nothing early.
        live.access_until = now + timedelta(days=60)
        held = await uow.subscriptions.get(live.id, lock=True)
        assert held is not None
        held.access_until = live.access_until
        await uow.subscriptions.save(held)
        await chats.granting.grant(uow, held, ana, changed, now)
        assert len(await chats_of(uow, ana.id, changed, chats.shop.policy, now)) == 2
        await uow.commit()
    await chats.narrowing.end_kept()
    assert await chats.rights(ana, plan) == [IN, IN]
    chats.shop.clock.advance(timedelta(days=30))
    await chats.narrowing.end_kept()
    await chats.narrowing.end_kept()
    assert await chats.rights(ana, plan) == [OUT, IN]


async def test_days_of_a_suspension_extend_access_to_a_chat_detached_at_the_period_end(chats: Chats) -> None:
    plan = await chats.plan(NEWS, TALK)
    ana = await chats.buys(plan)
    await chats.does("detach_resource", TALK, opener=plan.soft_id, ends=PERIOD_END)
    async with chats.shop.units() as uow:
        [bought] = await uow.subscriptions.live_of_plan(plan.id, None, 9)
    await chats.does("suspend", str(bought.id), reason="a look")
    chats.shop.clock.advance(timedelta(days=40))
    await chats.narrowing.end_kept()
    assert OUT not in await chats.rights(ana, plan)
    await chats.does("restore", str(bought.id), reason="all is well")
    chats.shop.clock.advance(timedelta(days=29))
    await chats.narrowing.end_kept()
    one, other = await chats.rights(ana, plan)
    assert one is other is not OUT
    chats.shop.clock.advance(timedelta(days=1))
    await chats.narrowing.end_kept()
    assert await chats.rights(ana, plan) == [one, OUT]


async def test_plan_change_lists_gained_and_lost_chats(chats: Chats) -> None:
    before, after = await chats.plan(PERSONAL, NEWS), await chats.plan(PERSONAL, TALK)
    ana = await chats.buys(before)
    async with chats.shop.units() as uow:
        [bought] = await uow.subscriptions.live_of_plan(before.id, None, 9)
        reported = await changed_chats(uow, bought, before, after)
    assert reported == ChangedChats(own=True, gains=("Talk",), loses=("News",))
    # A chat that another plan of the customer includes is neither gained nor lost.
    await chats.buys(await chats.plan(NEWS), ana)
    async with chats.shop.units() as uow:
        assert (await changed_chats(uow, bought, before, after)).loses == ()


async def test_detaching_the_personal_channel_revokes_access(chats: Chats) -> None:
    plan = await chats.plan(PERSONAL, NEWS)
    ana = await chats.buys(plan)
    await chats.does("detach_resource", PERSONAL, opener=plan.soft_id, ends=AT_ONCE)
    assert await chats.rights(ana, plan) == [OUT, IN]


async def test_access_to_a_chat_attached_again_before_the_period_end_is_not_revoked(chats: Chats) -> None:
    plan = await chats.plan(NEWS, TALK)
    ana = await chats.buys(plan)
    await chats.does("detach_resource", TALK, opener=plan.soft_id, ends=PERIOD_END)
    await chats.does("attach_resource", TALK, opener=plan.soft_id)
    chats.shop.clock.advance(timedelta(days=31))
    await chats.narrowing.end_kept()
    assert await chats.rights(ana, plan) == [IN, IN]


@pytest.mark.parametrize(("act", "answers"), [("detach_resource", {"opener": "plan-news"}), ("retire_resource", {})])
async def test_removing_the_last_chat_of_a_plan_is_refused(chats: Chats, act: str, answers: dict[str, str]) -> None:
    plan = await chats.plan(NEWS)
    with pytest.raises(InputsRefused) as refused:
        await chats.does(act, NEWS, ends=AT_ONCE, **answers)
    [wrong] = refused.value.errors.values()
    assert (wrong.key, wrong.facts["plan"]) == ("opens_nothing", plan.label)


async def test_removed_chat_is_in_no_plan_until_attached_again(chats: Chats) -> None:
    plan, alone = await chats.plan(NEWS, TALK), await chats.plan(NEWS)
    ana = await chats.buys(plan)
    effect = await chats.shows("retire_resource", TALK, ends=AT_ONCE)
    assert effect is not None
    assert (effect.name, effect.facts) == ("loses", {"count": 1, "plans": plan.label})
    await chats.does("retire_resource", TALK, ends=AT_ONCE)
    assert (await chats.resource(TALK)).status is ResourceStatus.RETIRED
    assert await chats.rights(ana, plan) == [IN, OUT]
    await chats.does("attach_resource", TALK, opener=alone.soft_id)
    assert (await chats.resource(TALK)).status is ResourceStatus.ACTIVE


async def test_chat_that_customers_have_bought_is_not_deleted(chats: Chats) -> None:
    plan = await chats.plan(NEWS, TALK)
    await chats.buys(plan)
    assert (await chats.does("delete_resource", TALK)).name == "in_use"
    await chats.does("retire_resource", TALK, ends=AT_ONCE)
    assert (await chats.does("delete_resource", TALK)).name == "in_use"


async def test_unused_chat_can_be_deleted_and_added_again(chats: Chats) -> None:
    assert (await chats.does("delete_resource", TALK)).name == "deleted"
    async with chats.shop.units() as uow:
        assert await uow.resources.by_soft_id(TALK) is None
        assert await uow.channels.by_chat_id(ChatId(-1008)) is None


async def test_discussion_group_can_be_added_to_all_plans_of_its_channel(chats: Chats) -> None:
    plan, other = await chats.plan(NEWS), await chats.plan(TALK)
    ana, eva = await chats.buys(plan), await chats.buys(other)
    seen = debate_seen()
    for look, effect in ((replace(seen, outsiders=("write", "join")), "discussion_open"), (seen, "becomes_discussion")):
        async with chats.shop.units() as uow:
            await uow.resources.see_chat(look, NOON)
            await uow.commit()
        shown = await chats.shows("add_resource", "", chat="-1007")
        assert shown is not None
        assert (shown.name, shown.facts["channel"], shown.facts["count"]) == (effect, "News", 1)
    await chats.does("add_resource", "", chat="-1007", together="plans_same")
    async with chats.shop.units() as uow:
        plan = await uow.plans.get(plan.id) or plan
    assert plan.opens == (NEWS, "debate")
    assert await chats.rights(ana, plan) == [IN, IN]
    assert await chats.rights(eva, other) == [IN]
    await chats.does("detach_resource", "debate", opener=plan.soft_id, ends=AT_ONCE)
    assert await chats.rights(ana, plan) == [IN, OUT]


async def test_group_whose_channel_is_unknown_cannot_be_added_to_the_plans_of_its_channel(chats: Chats) -> None:
    for look in (replace(debate_seen(), linked_chat=ChatId(-1)), replace(debate_seen(), linked_chat=None)):
        async with chats.shop.units() as uow:
            await uow.resources.see_chat(replace(look, outsiders=("join",)), NOON)
            await uow.commit()
        with pytest.raises(InputsRefused) as refused:
            await chats.does("add_resource", "", chat="-1007", together="plans_same")
        assert refused.value.errors["together"].key == "no_discussion"
        assert await chats.shows("add_resource", "", chat="-1007") == Effect(
            name="becomes_public", facts={"title": "Debate", "resource": "debate"}
        )


def debate_seen() -> ChannelLook:
    """Return the channel's discussion group as seen by the bot."""
    return ChannelLook(
        title="Debate",
        is_channel=False,
        is_admin=True,
        chat_type="supergroup",
        chat=ChatId(-1007),
        linked_chat=ChatId(-1009),
    )
