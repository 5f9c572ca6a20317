"""Posts and messages by plain TL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions, types

from tests.support.mtproto import DataCentre, create_channel, input_peer, resolve, running_data_centre
from umbral_sandbox.world.telegram.records import Person


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[DataCentre]:
    async with running_data_centre(tmp_path) as running:
        yield running


@pytest.fixture
def owner(centre: DataCentre) -> Person:
    return centre.world.telegram.people.add_person("Owner", phone="34600000001")


@pytest.fixture
async def client(centre: DataCentre, owner: Person) -> AsyncIterator[TelegramClient]:
    async with centre.connected(centre.session_of(owner.id)) as connected:
        yield connected


@pytest.fixture
async def channel(client: TelegramClient) -> types.InputChannel:
    return await create_channel(client)


async def history(client: TelegramClient, peer: object, **fields: int) -> list[types.Message]:
    page = {"offset_id": 0, "add_offset": 0, "limit": 100, "max_id": 0, "min_id": 0, "hash": 0} | fields
    answer = await client(functions.messages.GetHistoryRequest(peer=peer, offset_date=None, **page))
    return list(answer.messages)


async def test_formatted_post_is_returned_as_sent(client: TelegramClient, channel: types.InputChannel) -> None:
    text = "<b>Bold</b> <a href='https://example.org/x'>link</a> <code>code</code> <blockquote>q</blockquote>"
    sent = await client.send_message(input_peer(channel), text, parse_mode="html")
    (read,) = [m for m in await history(client, input_peer(channel)) if isinstance(m, types.Message)]
    assert (read.id, read.message, read.post) == (sent.id, "Bold link code q", True)
    assert [entity.to_dict() for entity in read.entities] == [entity.to_dict() for entity in sent.entities]


async def test_message_with_a_repeated_random_id_is_posted_once(
    client: TelegramClient, channel: types.InputChannel
) -> None:
    request = functions.messages.SendMessageRequest(input_peer(channel), "Once", random_id=7)
    await client(request)
    with pytest.raises(errors.RandomIdDuplicateError):
        await client(request)
    posts = await history(client, input_peer(channel))
    assert [post.message for post in posts if isinstance(post, types.Message)] == ["Once"]


async def test_posts_are_edited_pinned_and_deleted(client: TelegramClient, channel: types.InputChannel) -> None:
    peer = input_peer(channel)
    post = await client.send_message(peer, "First words")
    edited = await client.edit_message(peer, post.id, "Better words")
    assert (edited.message, edited.edit_date is not None) == ("Better words", True)
    with pytest.raises(errors.MessageNotModifiedError):
        await client.edit_message(peer, post.id, "Better words")
    with pytest.raises(errors.MessageIdInvalidError):
        await client.edit_message(peer, 9999, "Nothing there")
    with pytest.raises(errors.MessageEmptyError):
        await client(functions.messages.SendMessageRequest(peer, " "))
    with pytest.raises(errors.MessageTooLongError):
        await client(functions.messages.SendMessageRequest(peer, "x" * 4097))
    await client(functions.messages.UpdatePinnedMessageRequest(peer, post.id))
    pinned = await client(functions.channels.GetMessagesRequest(channel, [types.InputMessagePinned()]))
    assert (pinned.messages[0].id, pinned.messages[0].pinned) == (post.id, True)
    line = (await history(client, peer))[0]
    assert isinstance(line.action, types.MessageActionPinMessage)
    assert line.reply_to.reply_to_msg_id == post.id
    await client(functions.messages.UpdatePinnedMessageRequest(peer, post.id, unpin=True))
    deleted = await client(functions.channels.DeleteMessagesRequest(channel, [post.id, 9999]))
    assert deleted.pts_count == 1
    gone = await client(functions.channels.GetMessagesRequest(channel, [types.InputMessageID(post.id)]))
    assert isinstance(gone.messages[0], types.MessageEmpty)


async def test_message_history_is_paged(client: TelegramClient, channel: types.InputChannel) -> None:
    peer = input_peer(channel)
    ids = [(await client.send_message(peer, f"Post {n}")).id for n in range(6)]
    assert [post.id for post in await history(client, peer, limit=2)] == ids[:-3:-1]
    assert [post.id for post in await history(client, peer, limit=2, offset_id=ids[3])] == [ids[2], ids[1]]
    around = await history(client, peer, limit=2, offset_id=ids[3], add_offset=-1)
    assert [post.id for post in around] == [ids[3], ids[2]]
    assert [post.id for post in await history(client, peer, min_id=ids[3])] == [ids[5], ids[4]]


async def test_account_can_write_to_a_bot(centre: DataCentre, client: TelegramClient, owner: Person) -> None:
    telegram = centre.world.telegram
    bot = telegram.people.add_bot("umbral_bot", "Umbral")
    named = await resolve(client, "umbral_bot")
    peer = types.InputPeerUser(named.user_id, named.access_hash)
    sent = await client.send_message(peer, "/start")
    telegram.chats.bot_send(bot.id, owner.id, {"text": "Welcome"})
    answers = await history(client, peer)
    assert [(m.message, m.out) for m in answers] == [("Welcome", False), ("/start", True)]
    assert answers[1].id == sent.id
    dialogs = await client.get_dialogs()
    assert [dialog.name for dialog in dialogs] == ["Umbral"]
    with pytest.raises(errors.PeerIdInvalidError):
        await client.send_message(types.InputPeerUser(bot.id, 0), "/start")


async def test_channel_difference_returns_missed_messages_in_order(
    client: TelegramClient, channel: types.InputChannel
) -> None:
    def asked(pts: int, limit: int = 100) -> functions.updates.GetChannelDifferenceRequest:
        return functions.updates.GetChannelDifferenceRequest(channel, types.ChannelMessagesFilterEmpty(), pts, limit)

    peer = input_peer(channel)
    first = await client.send_message(peer, "First")
    known = (await client(functions.channels.GetFullChannelRequest(channel))).full_chat.pts
    empty = await client(asked(known))
    assert (type(empty), empty.pts, empty.final) == (types.updates.ChannelDifferenceEmpty, known, True)

    await client.send_message(peer, "Second")
    await client.edit_message(peer, first.id, "First, edited")
    await client.send_message(peer, "Third")
    part = await client(asked(known, limit=2))
    rest = await client(asked(part.pts))
    assert [message.message for message in part.new_messages + rest.new_messages] == ["Second", "Third"]
    assert [update.message.message for update in part.other_updates] == ["First, edited"]
    assert (part.final, rest.final) == (False, True)
    assert isinstance(await client(asked(rest.pts)), types.updates.ChannelDifferenceEmpty)
    for pts, refusal in ((0, errors.PersistentTimestampEmptyError), (-1, errors.PersistentTimestampInvalidError)):
        with pytest.raises(refusal):
            await client(asked(pts))


async def test_account_difference_lists_channels_with_new_messages(
    centre: DataCentre, client: TelegramClient, channel: types.InputChannel
) -> None:
    quiet = centre.world.clock.now()
    centre.world.clock.advance(timedelta(minutes=1))
    nothing = await client(functions.updates.GetDifferenceRequest(pts=1, date=centre.world.clock.now(), qts=0))
    assert isinstance(nothing, types.updates.DifferenceEmpty)
    await client.send_message(input_peer(channel), "New")
    missed = await client(functions.updates.GetDifferenceRequest(pts=1, date=quiet, qts=0))
    assert [update.channel_id for update in missed.other_updates] == [channel.channel_id]


async def test_channel_difference_is_refused_to_non_members(centre: DataCentre, channel: types.InputChannel) -> None:
    stranger = centre.world.telegram.people.add_person("Stranger", phone="34600000002")
    async with centre.connected(centre.session_of(stranger.id)) as outside:
        named = types.InputChannel(
            channel.channel_id, centre.world.telegram.accounts.access_hash(stranger.id, channel.channel_id)
        )
        with pytest.raises(errors.ChannelPrivateError):
            await outside(
                functions.updates.GetChannelDifferenceRequest(named, types.ChannelMessagesFilterEmpty(), 1, 10)
            )
