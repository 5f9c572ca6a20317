"""Supergroups managed by a user account over MTProto, by plain TL requests."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions, types

from tests.support.mtproto import DataCentre, input_peer, promote, resolve, running_data_centre
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot, Person


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[DataCentre]:
    async with running_data_centre(tmp_path) as running:
        yield running


@pytest.fixture
def owner(centre: DataCentre) -> Person:
    return centre.world.telegram.people.add_person("Owner", phone="34600000001")


@pytest.fixture
def bot(centre: DataCentre) -> Bot:
    return centre.world.telegram.people.add_bot("umbral_bot", "Umbral")


@pytest.fixture
async def client(centre: DataCentre, owner: Person) -> AsyncIterator[TelegramClient]:
    async with centre.connected(centre.session_of(owner.id)) as connected:
        yield connected


async def create(client: TelegramClient, **kind: Any) -> types.InputChannel:
    """Create a supergroup that the client's account owns."""
    made = await client(functions.channels.CreateChannelRequest(title="VIP", about="", **kind))
    (group,) = made.chats
    assert (group.megagroup, group.broadcast, bool(group.forum)) == (True, False, bool(kind.get("forum")))
    return types.InputChannel(group.id, group.access_hash)


def record(centre: DataCentre, group: types.InputChannel) -> Channel:
    """Return the world's record of the group."""
    found = centre.world.telegram.channels.find(group.channel_id)
    assert found is not None
    return found


async def enter(centre: DataCentre, client: TelegramClient, group: types.InputChannel, person: Person) -> Any:
    """Let a person join through a link, and return the InputPeerUser of the person for the client's account."""
    link = await client(functions.messages.ExportChatInviteRequest(peer=input_peer(group)))
    centre.world.telegram.joins.open(person.id, link.link.rsplit("+", 1)[1])
    listed = await client(
        functions.channels.GetParticipantsRequest(group, types.ChannelParticipantsRecent(), 0, 100, hash=0)
    )
    (seen,) = [user for user in listed.users if user.id == person.id]
    return types.InputPeerUser(seen.id, seen.access_hash)


@pytest.mark.parametrize("forum", [False, True])
async def test_bot_becomes_admin_of_a_group(
    centre: DataCentre, client: TelegramClient, bot: Bot, *, forum: bool
) -> None:
    group = await create(client, megagroup=True, **({"forum": True} if forum else {}))
    sender = await resolve(client, "umbral_bot")
    await promote(client, group, sender, invite_users=True, ban_users=True, pin_messages=True, post_messages=True)
    answer = await client(functions.channels.GetParticipantRequest(group, sender))
    rights = answer.participant.admin_rights
    assert (rights.invite_users, rights.pin_messages, bool(rights.post_messages)) == (True, True, False)
    history = await client(
        functions.messages.GetHistoryRequest(input_peer(group), 0, None, 0, limit=10, max_id=0, min_id=0, hash=0)
    )
    added = history.messages[0]
    assert isinstance(added.action, types.MessageActionChatAddUser)
    assert (added.action.users, added.from_id.user_id, added.out) == ([bot.id], record(centre, group).owner, True)


async def test_member_is_restricted_banned_and_unbanned(centre: DataCentre, client: TelegramClient) -> None:
    group = await create(client, megagroup=True)
    person = await enter(centre, client, group, centre.world.telegram.people.add_person("Ana"))
    silent = types.ChatBannedRights(until_date=None, send_messages=True)
    await client(functions.channels.EditBannedRequest(group, person, silent))
    standing = (await client(functions.channels.GetParticipantRequest(group, person))).participant
    assert isinstance(standing, types.ChannelParticipantBanned)
    assert (standing.banned_rights.send_plain, bool(standing.left)) == (True, False)
    listed = await client(
        functions.channels.GetParticipantsRequest(group, types.ChannelParticipantsBanned(""), 0, 10, hash=0)
    )
    assert listed.count == 1
    await client(functions.channels.EditBannedRequest(group, person, types.ChatBannedRights(until_date=None)))
    standing = (await client(functions.channels.GetParticipantRequest(group, person))).participant
    assert isinstance(standing, types.ChannelParticipant)
    banned = types.ChatBannedRights(until_date=None, view_messages=True)
    await client(functions.channels.EditBannedRequest(group, person, banned))
    assert person.user_id not in record(centre, group).members
    history = await client(
        functions.messages.GetHistoryRequest(input_peer(group), 0, None, 0, limit=1, max_id=0, min_id=0, hash=0)
    )
    assert history.messages[0].action.user_id == person.user_id


async def test_owner_account_can_delete_posts_too_old_for_a_bot_to_delete(
    centre: DataCentre, client: TelegramClient, bot: Bot, owner: Person
) -> None:
    telegram = centre.world.telegram
    channel = telegram.channels.create(owner.id, "Picks")
    telegram.channels.edit_admin(owner.id, channel, bot.id, {"can_post_messages", "can_delete_messages"})
    post = telegram.posts.post(bot.id, channel, {"text": "pick"})
    await centre.world.advance(timedelta(days=3))
    named = types.InputChannel(channel.id, telegram.accounts.access_hash(owner.id, channel.id))
    affected = await client(functions.channels.DeleteMessagesRequest(named, [post.id]))
    assert affected.pts_count == 1
    assert post.id not in {message.id for message in telegram.posts.messages(channel)}


async def test_upgraded_basic_group_becomes_a_supergroup(
    centre: DataCentre, client: TelegramClient, owner: Person
) -> None:
    basic = centre.world.telegram.channels.create(owner.id, "Amigos", kind="basic_group")
    (dialog,) = await client.get_dialogs()
    assert (dialog.entity.id, type(dialog.entity), dialog.id) == (basic.id, types.Chat, -basic.id)
    changed = await client(functions.messages.MigrateChatRequest(basic.id))
    new, old = changed.chats
    assert (new.megagroup, old.deactivated, old.migrated_to.channel_id) == (True, True, new.id)
    (dialog,) = await client.get_dialogs()
    assert (dialog.entity.id, dialog.is_group) == (new.id, True)
    assert isinstance(dialog.message.action, types.MessageActionChannelMigrateFrom)
    with pytest.raises(errors.ChatIdInvalidError):
        await client(functions.messages.MigrateChatRequest(basic.id))


async def test_discussion_group_shows_the_posts_of_its_channel(centre: DataCentre, client: TelegramClient) -> None:
    group = await create(client, megagroup=True)
    made = await client(functions.channels.CreateChannelRequest(title="Picks", about="", broadcast=True))
    channel = types.InputChannel(made.chats[0].id, made.chats[0].access_hash)
    assert await client(functions.channels.SetDiscussionGroupRequest(channel, group))
    full = await client(functions.channels.GetFullChannelRequest(channel))
    assert full.full_chat.linked_chat_id == group.channel_id
    await client.send_message(input_peer(channel), "Post")
    history = await client(
        functions.messages.GetHistoryRequest(input_peer(group), 0, None, 0, limit=1, max_id=0, min_id=0, hash=0)
    )
    shown = history.messages[0]
    assert (shown.message, shown.from_id.channel_id) == ("Post", channel.channel_id)
    with pytest.raises(errors.BroadcastIdInvalidError):
        await client(functions.channels.SetDiscussionGroupRequest(group, channel))
