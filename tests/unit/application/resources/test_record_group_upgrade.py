"""Basic groups that become a supergroup: the chat's row, the members' access and the stored facts about the chat are
kept.
"""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.access.plan_chats import chats_with_access
from subscriptions.application.resources.record_group_upgrade import RecordGroupUpgrade
from subscriptions.domain.entities.channel import Invite
from subscriptions.domain.ids import ChatId, new_uuid
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes.samples import NOON
from tests.unit.application.resources.test_change_resources import IN, NEWS, TALK, Chats, chats

__all__ = ["chats"]

BASIC, NEW = ChatId(-1008), ChatId(-1002200000001)


async def test_group_upgraded_to_a_supergroup_keeps_its_record_and_gets_new_invite_links(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    ana = await chats.buys(plan)
    now = chats.shop.clock.now()
    async with chats.shop.units() as uow:
        [(channel, _)] = await chats_with_access(uow, ana.id, plan)
        assert channel is not None
        assert channel.channel_id == BASIC
        invite = Invite(
            id=new_uuid(),
            channel_id=channel.id,
            customer_id=ana.id,
            url="https://t.me/+old",
            creator="bot",
            created_at=now,
            expires_at=now + timedelta(hours=5),
        )
        await uow.channels.add_invite(invite)
        await uow.resources.see_chat(
            ChannelLook(title="Talk", is_channel=False, is_admin=True, chat_type="group", chat=BASIC), NOON
        )
        await uow.commit()
    links = len(await chats.shop.jobs("bot.tend_vip_entry"))

    follow = RecordGroupUpgrade(chats.shop.units, chats.shop.clock)
    for _ in range(2):
        await follow(BASIC, NEW)

    async with chats.shop.units() as uow:
        [(moved, access)] = await chats_with_access(uow, ana.id, plan)
        assert moved is not None
        assert access is not None
        assert (moved.id, moved.channel_id, access.status) == (channel.id, NEW, IN)
        [kept] = await uow.channels.live_invites(channel.id)
        assert not kept.usable(now)
        look, gone = await uow.resources.seen_chat(NEW), await uow.resources.seen_chat(BASIC)
        assert look is not None
        assert gone is not None
        assert (look.chat_type, look.is_admin, gone.is_admin) == ("supergroup", True, False)
        story = await uow.audit.of_subject(str(channel.resource_id), 9)
    assert [entry.action for entry in story] == ["resource.upgraded"]
    assert len(await chats.shop.jobs("bot.tend_vip_entry")) == links + 1


async def test_upgrade_to_a_supergroup_already_added_as_a_chat_changes_neither_chat(chats: Chats) -> None:
    await RecordGroupUpgrade(chats.shop.units, chats.shop.clock)(BASIC, ChatId(-1009))
    resources = [await chats.resource(name) for name in (TALK, NEWS)]
    async with chats.shop.units() as uow:
        channels = [await uow.resources.channel(resource.id) for resource in resources]
    assert [channel.channel_id for channel in channels if channel is not None] == [BASIC, -1009]
