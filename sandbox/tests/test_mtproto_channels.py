"""The userbot's actions on a channel, by plain TL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions, types

from tests.support.mtproto import (
    DataCentre,
    create_channel,
    input_peer,
    promote,
    resolve,
    running_data_centre,
)
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


async def test_customer_joins_a_new_channel_by_approved_join_request(
    centre: DataCentre, client: TelegramClient, bot: Bot
) -> None:
    telegram = centre.world.telegram
    channel = await create_channel(client, "Retador - Retabet", "ref:abc123")
    peer = input_peer(channel)
    sender = await resolve(client, "umbral_bot")
    await promote(client, channel, sender, invite_users=True, ban_users=True, post_messages=True)
    await client(functions.messages.ToggleNoForwardsRequest(peer=peer, enabled=True))
    welcome = await client.send_message(peer, "Welcome")
    await client(functions.messages.UpdatePinnedMessageRequest(peer=peer, id=welcome.id, silent=True))
    expires = centre.world.clock.now().replace(microsecond=0) + timedelta(hours=24)
    link = await client(
        functions.messages.ExportChatInviteRequest(
            peer=peer, title="intent-1", expire_date=expires, request_needed=True
        )
    )
    assert (link.title, link.expire_date, link.request_needed) == ("intent-1", expires, True)

    customer = telegram.people.add_person("Carla")
    joined, result = telegram.joins.open(customer.id, link.link.rsplit("+", 1)[1])
    assert result == "requested"
    waiting = await client(
        functions.messages.GetChatInviteImportersRequest(
            peer=peer, requested=True, offset_date=None, offset_user=types.InputUserEmpty(), limit=20
        )
    )
    assert [importer.user_id for importer in waiting.importers] == [customer.id]
    person = types.InputUser(customer.id, waiting.users[0].access_hash)
    await client(functions.messages.HideChatJoinRequestRequest(peer=peer, user_id=person, approved=True))
    revoked = await client(functions.messages.EditExportedChatInviteRequest(peer=peer, link=link.link, revoked=True))
    assert revoked.invite.revoked

    full = await client(functions.channels.GetFullChannelRequest(channel))
    assert full.full_chat.about == "ref:abc123"
    assert full.full_chat.pinned_msg_id == welcome.id
    assert full.full_chat.participants_count == 3
    assert full.full_chat.exported_invite is None
    assert full.chats[0].noforwards
    assert set(joined.members) == {joined.owner, bot.id, customer.id}
    assert set(joined.admins[bot.id].rights) == {
        "can_manage_chat",
        "can_invite_users",
        "can_restrict_members",
        "can_post_messages",
    }


async def test_created_channels_are_listed_among_the_dialogs(centre: DataCentre, client: TelegramClient) -> None:
    channels = [await create_channel(client, f"Channel {n}", f"ref:{n}") for n in range(3)]
    dialogs = await client(
        functions.messages.GetDialogsRequest(
            offset_date=None, offset_id=0, offset_peer=types.InputPeerEmpty(), limit=20, hash=0
        )
    )
    assert isinstance(dialogs, types.messages.Dialogs)
    assert [chat.id for chat in dialogs.chats] == [channel.channel_id for channel in channels[::-1]]
    assert all(chat.creator and chat.date <= centre.world.clock.now() for chat in dialogs.chats)
    first = await client(
        functions.messages.GetDialogsRequest(
            offset_date=None, offset_id=0, offset_peer=types.InputPeerEmpty(), limit=2, hash=0
        )
    )
    assert (first.count, len(first.dialogs)) == (3, 2)
    rest = await client(
        functions.messages.GetDialogsRequest(
            offset_date=None, offset_id=0, offset_peer=input_peer(channels[1]), limit=2, hash=0
        )
    )
    assert [chat.id for chat in rest.chats] == [channels[0].channel_id]


async def test_archived_channel_is_listed_in_the_archive_folder(client: TelegramClient) -> None:
    channel = await create_channel(client)
    archive = types.InputFolderPeer(input_peer(channel), folder_id=1)
    await client(functions.folders.EditPeerFoldersRequest([archive]))

    async def folder(number: int | None) -> list[int]:
        found = await client(
            functions.messages.GetDialogsRequest(
                offset_date=None,
                offset_id=0,
                offset_peer=types.InputPeerEmpty(),
                limit=20,
                hash=0,
                folder_id=number,
            )
        )
        return [chat.id for chat in found.chats]

    assert await folder(0) == []
    assert await folder(1) == await folder(None) == [channel.channel_id]


@pytest.mark.parametrize(
    ("title", "about", "error"),
    [
        (" ", "", errors.ChatTitleEmptyError),
        ("Title", "x" * 256, errors.ChatAboutTooLongError),
    ],
)
async def test_channel_with_an_empty_title_or_too_long_description_is_refused(
    client: TelegramClient, title: str, about: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await create_channel(client, title, about)


async def test_account_is_limited_to_500_channels(centre: DataCentre, client: TelegramClient, owner: Person) -> None:
    for n in range(500):
        centre.world.telegram.channels.create(owner.id, f"Channel {n}")
    with pytest.raises(errors.ChannelsTooMuchError):
        await create_channel(client)


async def test_access_hash_of_another_account_is_refused(centre: DataCentre, client: TelegramClient, bot: Bot) -> None:
    channel = await create_channel(client)
    sender = await resolve(client, "umbral_bot")
    other = centre.world.telegram.people.add_person("Other", phone="34600000002")
    async with centre.connected(centre.session_of(other.id)) as stranger:
        with pytest.raises(errors.ChannelPrivateError):
            await stranger(functions.channels.GetFullChannelRequest(channel))
        own = await create_channel(stranger)
        with pytest.raises(errors.UserIdInvalidError):
            await promote(stranger, own, sender, post_messages=True)
    with pytest.raises(errors.ChannelPrivateError):
        await client(functions.channels.GetFullChannelRequest(types.InputChannel(channel.channel_id, 0)))
    with pytest.raises(errors.ChannelPrivateError):
        await client.send_message(types.InputPeerChannel(channel.channel_id, 0), "Hello")
    with pytest.raises(errors.UserIdInvalidError):
        await promote(client, channel, types.InputUser(bot.id, 0), post_messages=True)
    ban = types.ChatBannedRights(until_date=None, view_messages=True)
    with pytest.raises(errors.ParticipantIdInvalidError):
        await client(functions.channels.EditBannedRequest(channel, types.InputPeerUser(other.id, 0), ban))


async def test_bots_are_members_only_as_admins(centre: DataCentre, client: TelegramClient, bot: Bot) -> None:
    channel = await create_channel(client)
    sender = await resolve(client, "umbral_bot")
    with pytest.raises(errors.UserBotError):
        await client(functions.channels.InviteToChannelRequest(channel, [sender]))
    await promote(client, channel, sender, post_messages=True)
    bots = await client(functions.channels.GetParticipantsRequest(channel, types.ChannelParticipantsBots(), 0, 10, 0))
    (shown,) = bots.participants
    assert (shown.user_id, shown.admin_rights.post_messages) == (bot.id, True)
    assert not shown.admin_rights.invite_users
    with pytest.raises(errors.ChatNotModifiedError):
        await promote(client, channel, sender, post_messages=True)
    await promote(client, channel, sender)
    world_channel = centre.world.telegram.channels.find(channel.channel_id)
    assert world_channel is not None
    assert bot.id not in world_channel.members


async def test_admin_can_list_ban_and_unban_participants(centre: DataCentre, client: TelegramClient) -> None:
    telegram = centre.world.telegram
    channel = await create_channel(client)
    link = await client(functions.messages.ExportChatInviteRequest(peer=input_peer(channel)))
    reader = telegram.people.add_person("Reader", phone="34600000003")
    async with centre.connected(centre.session_of(reader.id)) as inside:
        code = link.link.rsplit("+", 1)[1]
        preview = await inside(functions.messages.CheckChatInviteRequest(code))
        assert (preview.title, preview.broadcast) == ("Umbral", True)
        joined = await inside(functions.messages.ImportChatInviteRequest(code))
        seen = joined.updates.chats[0]
        own = types.InputChannel(seen.id, seen.access_hash)
        assert (await inside(functions.messages.CheckChatInviteRequest(code))).chat.id == seen.id
        with pytest.raises(errors.UserAlreadyParticipantError):
            await inside(functions.messages.ImportChatInviteRequest(code))
        with pytest.raises(errors.ChatAdminRequiredError):
            await inside(functions.channels.GetParticipantsRequest(own, types.ChannelParticipantsRecent(), 0, 10, 0))
        me = await inside(functions.channels.GetParticipantRequest(own, types.InputPeerSelf()))
        assert isinstance(me.participant, types.ChannelParticipantSelf)
        with pytest.raises(errors.ChatAdminRequiredError):
            await inside.send_message(input_peer(own), "Hello")

        everyone = await client(
            functions.channels.GetParticipantsRequest(channel, types.ChannelParticipantsRecent(), 0, 10, 0)
        )
        assert everyone.count == 2
        (person,) = (user for user in everyone.users if user.id == reader.id)
        peer = types.InputPeerUser(person.id, person.access_hash)
        forever = types.ChatBannedRights(until_date=None, view_messages=True)
        await client(functions.channels.EditBannedRequest(channel, peer, forever))
        gone = await client(functions.channels.GetParticipantRequest(channel, peer))
        assert isinstance(gone.participant, types.ChannelParticipantBanned)
        with pytest.raises(errors.InviteHashExpiredError):
            await inside(functions.messages.ImportChatInviteRequest(code))
        nothing = types.ChatBannedRights(until_date=None)
        await client(functions.channels.EditBannedRequest(channel, peer, nothing))
        gone = await client(functions.channels.GetParticipantRequest(channel, peer))
        assert isinstance(gone.participant, types.ChannelParticipantLeft)
        await inside(functions.messages.ImportChatInviteRequest(code))
        await inside(functions.channels.LeaveChannelRequest(own))
        with pytest.raises(errors.UserNotParticipantError):
            await inside(functions.channels.LeaveChannelRequest(own))


async def test_only_the_owner_can_protect_content_and_delete_the_channel(
    centre: DataCentre, client: TelegramClient
) -> None:
    channel = await create_channel(client)
    link = await client(functions.messages.ExportChatInviteRequest(peer=input_peer(channel)))
    second = centre.world.telegram.people.add_person("Second", username="second_in_line", phone="34600000004")
    async with centre.connected(centre.session_of(second.id)) as admin:
        joined = await admin(functions.messages.ImportChatInviteRequest(link.link.rsplit("+", 1)[1]))
        own = types.InputChannel(channel.channel_id, joined.updates.chats[0].access_hash)
        target = await resolve(client, "second_in_line")
        await promote(client, channel, target, change_info=True, add_admins=True, invite_users=True)
        await admin(functions.channels.EditTitleRequest(own, "Another title"))
        await admin(functions.messages.EditChatAboutRequest(input_peer(own), "About"))
        with pytest.raises(errors.ChatAdminRequiredError):
            await admin(functions.messages.ToggleNoForwardsRequest(input_peer(own), enabled=True))
        with pytest.raises(errors.ChatAdminRequiredError):
            await admin(functions.channels.DeleteChannelRequest(own))
    await client(functions.messages.ToggleNoForwardsRequest(input_peer(channel), enabled=True))
    with pytest.raises(errors.ChatNotModifiedError):
        await client(functions.messages.ToggleNoForwardsRequest(input_peer(channel), enabled=True))
    with pytest.raises(errors.UserCreatorError):
        await client(functions.channels.LeaveChannelRequest(channel))
    await client(functions.channels.DeleteChannelRequest(channel))
    with pytest.raises(errors.ChannelInvalidError):
        await client(functions.channels.GetFullChannelRequest(channel))


async def test_channels_are_visible_to_members_only(centre: DataCentre, client: TelegramClient) -> None:
    channel = await create_channel(client)
    seen = await client(functions.channels.GetChannelsRequest([channel]))
    assert seen.chats[0].creator
    other = centre.world.telegram.people.add_person("Other", phone="34600000005")
    async with centre.connected(centre.session_of(other.id)) as stranger:
        access_hash = centre.world.telegram.accounts.access_hash(other.id, channel.channel_id)
        outside = types.InputChannel(channel.channel_id, access_hash)
        shown = await stranger(functions.channels.GetChannelsRequest([outside]))
        assert isinstance(shown.chats[0], types.ChannelForbidden)
        with pytest.raises(errors.ChannelPrivateError):
            await stranger(functions.channels.GetFullChannelRequest(outside))


async def test_known_username_is_resolved_and_unknown_username_is_not_occupied(
    client: TelegramClient, bot: Bot
) -> None:
    found = await client(functions.contacts.ResolveUsernameRequest("UMBRAL_bot"))
    assert (found.users[0].id, found.users[0].bot) == (bot.id, True)
    with pytest.raises(errors.UsernameNotOccupiedError):
        await client(functions.contacts.ResolveUsernameRequest("nobody_here"))
    full = await client(functions.users.GetFullUserRequest(types.InputUserSelf()))
    assert full.users[0].is_self
