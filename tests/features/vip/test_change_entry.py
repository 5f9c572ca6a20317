"""Changes of a channel's entry steps: no customer starts again, and none remains without access."""

from __future__ import annotations

import pytest

from subscriptions.application.access.plan_chats import chats_with_access
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import VipEntry
from subscriptions.application.staff.command import Effect, NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import PERSONAL, VIP
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY
from tests.unit.application.resources.test_change_resources import IN, NEWS, TALK, Chats, chats

__all__ = ["chats"]

NEW = ChatId(-1002200000001)


async def stage_of(chats: Chats, customer: Customer) -> int | str | None:
    """Return the entry step for the news channel, or "none" for a customer who never started."""
    resource = await chats.resource(NEWS)
    async with chats.shop.units() as uow:
        entry = await uow.of(VIP_ENTRIES_KEY).find(customer.id, resource.id)
    return entry.vip_entry_stage if entry is not None else "none"


async def chat_and_access(chats: Chats, customer: Customer, plan: ServicePlan) -> tuple[Channel, Access]:
    async with chats.shop.units() as uow:
        [(channel, access)] = await chats_with_access(uow, customer.id, plan)
    assert channel is not None
    assert access is not None
    return channel, access


async def test_new_entry_steps_apply_only_to_customers_who_get_access_afterwards(chats: Chats) -> None:
    plan = await chats.plan(NEWS)
    ana = await chats.buys(plan)
    assert await chats.shows("change_entry", NEWS, entry="ritual") == Effect(name="ritual_begins")
    await chats.does("change_entry", NEWS, entry="ritual")
    eva = await chats.buys(plan)
    assert [await stage_of(chats, each) for each in (ana, eva)] == ["none", 1]

    # The customer who starts the entry procedure gets no link before it is passed.
    links = {job["customer_id"] for job in await chats.shop.jobs("bot.tend_vip_entry")}
    assert links == {str(ana.id)}
    _, access = await chat_and_access(chats, eva, plan)
    [notified] = [job for job in await chats.shop.jobs("bot.announce") if job["customer_id"] == str(eva.id)]
    assert (notified["kind"], notified["subject"]) == ("vip_entry", str(access.id))
    async with chats.shop.units() as uow:
        sources = Sources(uow=uow, policy=chats.shop.policy, now=chats.shop.clock.now())
        message = await VipEntry.load(sources, access.id)
    assert message is not None
    assert (message.stage, message.resource, message.chat, message.url) == (1, NEWS, "News", None)

    # Additional time does not start the entry procedure for an existing member.
    await chats.buys(await chats.plan(NEWS, TALK), ana)
    assert await stage_of(chats, ana) is None


async def test_customers_in_entry_steps_get_a_link_when_the_steps_are_removed(chats: Chats) -> None:
    plan = await chats.plan(NEWS)
    await chats.does("change_entry", NEWS, entry="ritual")
    ana = await chats.buys(plan)
    assert await stage_of(chats, ana) == 1
    effect = await chats.shows("change_entry", NEWS, entry="request")
    assert effect == Effect(name="ritual_ends", facts={"count": 1})
    await chats.does("change_entry", NEWS, entry="request")
    assert await stage_of(chats, ana) is None
    channel, access = await chat_and_access(chats, ana, plan)
    assert access.status is IN
    [link] = await chats.shop.jobs("bot.tend_vip_entry")
    assert (link["customer_id"], link["channel_id"], link["upkeep"]) == (str(ana.id), str(channel.id), False)
    assert await stage_of(chats, await chats.buys(plan)) == "none"


async def test_member_who_completed_the_entry_steps_does_not_repeat_them_in_a_replacement_channel(chats: Chats) -> None:
    plan = await chats.plan(NEWS)
    await chats.does("change_entry", NEWS, entry="ritual")
    ana, eva = await chats.buys(plan), await chats.buys(plan)
    (channel, _), resource = await chat_and_access(chats, ana, plan), await chats.resource(NEWS)
    async with chats.shop.units() as uow:
        held = await uow.accesses.find(ana.id, channel.id, lock=True)
        entry = await uow.of(VIP_ENTRIES_KEY).find(ana.id, resource.id, lock=True)
        assert held is not None
        assert entry is not None
        held.join(chats.shop.clock.now(), is_shared=True)
        entry.complete()
        await uow.accesses.save(held)
        await uow.of(VIP_ENTRIES_KEY).save(entry)
        look = ChannelLook(title="Otra", is_channel=True, is_admin=True, chat_type="channel", chat=NEW)
        await uow.resources.see_chat(look, chats.shop.clock.now())
        await uow.commit()
    await chats.does("replace_resource", NEWS, chat=str(NEW))
    assert [await stage_of(chats, each) for each in (ana, eva)] == [None, 1]
    new_channel, new_access = await chat_and_access(chats, ana, plan)
    assert (new_channel.channel_id, new_access.status) == (NEW, AccessStatus.PENDING)
    links = [job for job in await chats.shop.jobs("bot.tend_vip_entry") if job["channel_id"] == str(new_channel.id)]
    assert [job["customer_id"] for job in links] == [str(ana.id)]


@pytest.mark.parametrize(
    ("name", "entry", "why"),
    [
        (TALK, "ritual", "ritual_group"),
        (PERSONAL, "ritual", "ritual_group"),
        (VIP, "request", "entry_of_vip"),
        (NEWS, "direct", "not_offered"),
        (NEWS, "", "choose"),
        (NEWS, "request", "already"),
    ],
)
async def test_invalid_change_of_the_entry_steps_is_refused(chats: Chats, name: str, entry: str, why: str) -> None:
    before = (await chats.resource(name)).entry
    with pytest.raises((InputsRefused, NothingToDo), match=why):
        await chats.does("change_entry", name, entry=entry)
    assert (await chats.resource(name)).entry is before
