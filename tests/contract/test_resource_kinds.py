"""Behaviour of every kind of resource, on our fakes and on the sandbox.

The kinds are found by their folders. A new kind is tested automatically; its tests fail until `SET_UP` of
`tests/support/kind_world.py` declares how the operator sets up a resource of the kind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest

from subscriptions.application.access.resource_kind import kind_of, resource_kinds
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.ids import TelegramId
from tests.support.kind_world import MONTH, SET_UP, KindWorld, memory_world, sandbox_world
from umbral_sandbox.server import running_sandbox

KINDS: Final = sorted(resource_kinds())
CHATS: Final = [name for name in KINDS if resource_kinds()[name].has_chat]

of_every_kind: Final = pytest.mark.parametrize("kind", KINDS)
of_every_chat: Final = pytest.mark.parametrize("kind", CHATS)


@pytest.fixture(params=["memory", "sandbox"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[KindWorld]:
    if request.param == "memory":
        async with memory_world() as made:
            yield made
        return
    database_url = request.getfixturevalue("database_url")
    async with running_sandbox() as sandbox, sandbox_world(sandbox, database_url) as made:
        yield made


@pytest.fixture
async def resource(world: KindWorld, kind: str) -> Resource:
    """Set up a resource of the kind."""
    set_up = SET_UP.get(kind)
    assert set_up is not None, f"say in tests/support/kind_world.py how a {kind} is set up"
    return await set_up(world)


@pytest.mark.exhaustive
@of_every_kind
async def test_customer_enters_by_own_link_and_stranger_is_refused(world: KindWorld, resource: Resource) -> None:
    holder, stranger = await world.buy(await world.plan(resource)), await world.customer()
    link = await world.link(holder)
    assert link is not None
    assert not await world.comes(stranger.telegram_id, link)
    assert await world.comes(holder.person, link)
    assert not await world.comes(stranger.telegram_id, link)
    assert await world.has(holder)


@pytest.mark.exhaustive
@of_every_kind
async def test_renewal_gives_the_customer_no_second_link(world: KindWorld, resource: Resource) -> None:
    holder = await world.buy(await world.plan(resource))
    link = await world.link(holder)
    await world.renew(holder)
    await world.renew(holder)
    assert await world.link(holder) == link
    if kind_of(resource).has_chat:
        assert world.ground.live_links(await world.chat(holder)) == 1
    else:
        assert world.ground.messages(holder.person, resource.title) == 1


@pytest.mark.exhaustive
@of_every_kind
async def test_expiry_removes_access_until_the_next_purchase(world: KindWorld, resource: Resource) -> None:
    holder = await world.buy(await world.plan(resource))
    link = await world.link(holder)
    assert link is not None
    assert await world.comes(holder.person, link)
    await world.end(holder)
    assert not await world.has(holder)
    assert await world.link(holder) is None
    assert not await world.comes(holder.person, link)
    again = await world.buy(holder.plan, holder.customer)
    link = await world.link(again)
    assert link is not None
    assert await world.comes(holder.person, link)
    assert await world.has(again)


@pytest.mark.exhaustive
@of_every_kind
async def test_link_does_not_work_after_expiry(world: KindWorld, resource: Resource) -> None:
    holder = await world.buy(await world.plan(resource))
    link = await world.link(holder)
    assert link is not None
    world.ground.advance(MONTH + timedelta(minutes=1))
    assert not await world.comes(holder.person, link), "also where nobody ended it yet"


@pytest.mark.exhaustive
@of_every_kind
async def test_customer_of_a_paused_subscription_has_no_access_until_resumed(
    world: KindWorld, resource: Resource
) -> None:
    holder = await world.buy(await world.plan(resource))
    link = await world.link(holder)
    assert link is not None
    assert await world.comes(holder.person, link)
    await world.rest(holder)
    assert not await world.has(holder)
    assert not await world.comes(holder.person, link)
    await world.go_on(holder)
    link = await world.link(holder)
    assert link is not None
    assert await world.comes(holder.person, link)


@pytest.mark.exhaustive
@of_every_kind
async def test_access_lasts_until_the_last_plan_that_opens_the_resource_ends(
    world: KindWorld, resource: Resource
) -> None:
    first = await world.buy(await world.plan(resource))
    world.ground.advance(timedelta(minutes=1))
    second = await world.buy(await world.plan(resource), first.customer)
    if not kind_of(resource).has_chat:
        assert world.ground.messages(first.person, resource.title) == 1, "it is not given again for another plan"
    for holder in (first, second):
        link = await world.link(holder)
        assert link is None or await world.comes(holder.person, link)
    await world.end(first)
    assert await world.has(second)
    assert await world.has(first) is not kind_of(resource).for_one
    await world.end(second)
    assert not await world.has(second)


@of_every_chat
async def test_entries_and_exits_without_a_telegram_update_are_recorded_at_reconciliation(
    world: KindWorld, resource: Resource
) -> None:
    plan = await world.plan(resource)
    came, went = await world.buy(plan), await world.buy(plan)
    link = await world.link(went)
    assert link is not None
    assert await world.comes(went.person, link)
    world.ground.put_in(await world.chat(came), came.person)
    world.ground.leave(await world.chat(went), went.person)
    await world.reconcile()
    assert await world.status(came) is AccessStatus.ACTIVE
    assert await world.status(went) is not AccessStatus.ACTIVE
    await world.request_link(went)
    link = await world.link(went)
    assert link is not None
    assert await world.comes(went.person, link)


@of_every_chat
async def test_member_whose_access_ended_without_removal_is_removed_at_reconciliation(
    world: KindWorld, resource: Resource
) -> None:
    holder = await world.buy(await world.plan(resource))
    link = await world.link(holder)
    assert link is not None
    assert await world.comes(holder.person, link)
    chat = await world.chat(holder)
    await world.end(holder, work=False)
    assert holder.person in world.ground.people(chat)
    await world.reconcile()
    assert world.ground.people(chat) == set()


@of_every_chat
async def test_customers_inside_the_chat_are_counted(world: KindWorld, resource: Resource) -> None:
    plan = await world.plan(resource)
    holders = [await world.buy(plan) for _ in range(3)]
    for holder in holders[:2]:
        link = await world.link(holder)
        assert link is not None
        assert await world.comes(holder.person, link)
    chats = {await world.chat(holder) for holder in holders}
    assert len(chats) == (3 if kind_of(resource).for_one else 1)
    counts = [await world.known_inside(chat) for chat in chats]
    assert sum(counts) == sum(len(world.ground.people(chat)) for chat in chats) == 2


@of_every_chat
async def test_member_without_access_is_removed_or_recorded_as_guest_according_to_the_resource_kind(
    world: KindWorld, resource: Resource
) -> None:
    holder = await world.buy(await world.plan(resource))
    link = await world.link(holder)
    assert link is not None
    assert await world.comes(holder.person, link)
    chat, recorded, unrecorded = await world.chat(holder), world.ground.person(), world.ground.person()
    for person in (recorded, unrecorded):
        world.ground.put_in(chat, person)
    await world.desk.record_entry(chat, recorded)
    await world.reconcile()
    if kind_of(resource).strangers_go:
        assert world.ground.people(chat) == {holder.person}
        assert await world.guests(chat) == []
    else:
        assert world.ground.people(chat) == {holder.person, recorded, unrecorded}
        assert await world.guests(chat) == [recorded]
        member_count = await world.ground.chat_membership.member_count(
            chat, [TelegramId(bot) for bot in world.ground.bots.values()]
        )
        assert member_count.count - len(member_count.staff | await world.named(chat)) == 1, "whom no bot can name"


@pytest.mark.exhaustive
@of_every_kind
async def test_post_appears_once_in_each_chat_that_accepts_posts(world: KindWorld, resource: Resource) -> None:
    plan = await world.plan(resource)
    holders = [await world.buy(plan) for _ in range(2)]
    for holder in holders:
        link = await world.link(holder)
        assert link is not None
        assert await world.comes(holder.person, link)
    chats = await world.post(plan, "Gana el uno")
    expected = {await world.chat(holder) for holder in holders} if kind_of(resource).sender_rights else set()
    assert set(chats) == expected
    assert [world.ground.posts(chat, "Gana el uno") for chat in chats] == [1] * len(expected)
