"""Check that a change between plans with different shared chats gives access to the chats of the new plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import PERSONAL, SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId
from tests.fakes.samples import NOON
from tests.fakes.shop import Shop
from tests.support.plan_member import MIDDLE, Member, member_of

NEWS, TALK = "news", "talk"
BEFORE = {PERSONAL: AccessStatus.ACTIVE, NEWS: AccessStatus.PENDING}
AFTER = {PERSONAL: AccessStatus.ACTIVE, NEWS: AccessStatus.REVOKING, TALK: AccessStatus.PENDING}


async def standing(shop: Shop, member: Member) -> dict[str, AccessStatus]:
    async with shop.units() as uow:
        names = {each.id: each.soft_id for each in await uow.resources.all()}
        rights: dict[str, AccessStatus] = {}
        for access in await uow.accesses.of_customer(member.customer.id):
            channel = await uow.channels.get(access.channel_id)
            assert channel is not None
            rights[names[channel.resource_id] if channel.resource_id is not None else PERSONAL] = access.status
        return rights


async def opening(shop: Shop, plan: ServicePlan, *soft_ids: str) -> ServicePlan:
    async with shop.units() as uow:
        stored = await uow.plans.get(plan.id)
        assert stored is not None
        opens = replace(stored, opens=(PERSONAL, *soft_ids))
        await uow.plans.save(opens)
        await uow.commit()
    return opens


@pytest.fixture
async def member(shop: Shop) -> Member:
    """Create a customer whose plan includes a shared chat and a personal channel; another plan has another chat."""
    async with shop.units() as uow:
        for chat, soft_id in enumerate((NEWS, TALK), start=1):
            resource = Resource.add(soft_id, SHARED_CHANNEL, soft_id, EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(resource)
            assert await uow.channels.add_if_new(Channel.for_resource(resource, ChatId(-1000 - chat), soft_id, NOON))
        await uow.commit()
    made = await member_of(shop)
    made.plans["middle"] = await opening(shop, made.plans["middle"], NEWS)
    made.plans["other"] = await opening(shop, await shop.priced(price=MIDDLE, name="Otro"), TALK)
    subscription = await made.subscription()
    async with shop.units() as uow:
        bought = await uow.subscriptions.get(subscription.id)
        assert bought is not None
        granting, now = GrantAccess(shop.policy), shop.clock.now()
        await granting.grant(uow, bought, made.customer, made.plans["middle"], now)
        await uow.commit()
    assert await standing(shop, made) == BEFORE
    return made


async def test_free_plan_change_in_the_chat_gives_access_to_the_chats_of_the_new_plan(
    shop: Shop, member: Member
) -> None:
    await member.change("other")
    assert await standing(shop, member) == AFTER


async def test_plan_change_reported_by_the_provider_gives_access_to_the_chats_of_the_new_plan(
    shop: Shop, member: Member
) -> None:
    shop.provider.change("sub-1", price_ref=f"price-{member.plans['other'].soft_id}")
    await shop.deliver(shop.provider.updated("sub-1"))
    assert await standing(shop, member) == AFTER


async def test_plan_change_found_by_querying_the_provider_gives_access_to_the_new_plans_chats(
    shop: Shop, member: Member
) -> None:
    shop.provider.change("sub-1", price_ref=f"price-{member.plans['other'].soft_id}")
    await shop.check((await member.subscription()).id)
    assert await standing(shop, member) == AFTER


@pytest.mark.parametrize("after_grace", [False, True])
async def test_plan_change_with_a_failed_renewal_gives_access_to_its_chats_in_the_grace_period(
    shop: Shop, member: Member, *, after_grace: bool
) -> None:
    """The grace period gives access, even if the customer left the chat before. A change after the grace period does
    not.
    """
    await have_left(shop, member, TALK)
    shop.clock.advance(member.end - shop.clock.now())
    if after_grace:
        await shop.deliver(shop.provider.fail_renewal("sub-1"))
        shop.clock.advance(shop.policy.grace)
    shop.provider.change("sub-1", price_ref=f"price-{member.plans['other'].soft_id}")
    await shop.deliver(shop.provider.updated("sub-1") if after_grace else shop.provider.fail_renewal("sub-1"))
    expected = AFTER | ({TALK: AccessStatus.REVOKED} if after_grace else {})
    assert await standing(shop, member) == expected


async def have_left(shop: Shop, member: Member, name: str) -> None:
    """Save revoked access to the chat, as after an earlier plan."""
    async with shop.units() as uow:
        resource = await uow.resources.by_soft_id(name)
        channel = await uow.resources.channel(resource.id) if resource is not None else None
        assert channel is not None
        access = Access.request(member.customer.id, channel.id, shop.clock.now(), is_shared=True)
        access.status = AccessStatus.REVOKED
        await uow.accesses.save(access)
        await uow.commit()
