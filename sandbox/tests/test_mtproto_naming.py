"""Titles and descriptions of channels, by raw TL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions, types

from tests.support.mtproto import create_channel, input_peer, running_data_centre


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TelegramClient]:
    """Provide a client of a signed-in account."""
    async with running_data_centre(tmp_path) as centre:
        owner = centre.world.telegram.people.add_person("Owner", phone="34600000001")
        async with centre.connected(centre.session_of(owner.id)) as connected:
            yield connected


async def test_title_and_description_are_changed_within_their_limits(client: TelegramClient) -> None:
    channel = await create_channel(client)
    await client(functions.channels.EditTitleRequest(channel, "Another title"))
    with pytest.raises(errors.ChatNotModifiedError):
        await client(functions.channels.EditTitleRequest(channel, "Another title"))
    with pytest.raises(errors.ChatTitleEmptyError):
        await client(functions.channels.EditTitleRequest(channel, " "))
    await client(functions.messages.EditChatAboutRequest(input_peer(channel), "ref:abc"))
    with pytest.raises(errors.ChatAboutNotModifiedError):
        await client(functions.messages.EditChatAboutRequest(input_peer(channel), "ref:abc"))
    with pytest.raises(errors.ChatAboutTooLongError):
        await client(functions.messages.EditChatAboutRequest(input_peer(channel), "x" * 256))
    full = await client(functions.channels.GetFullChannelRequest(channel))
    assert (full.chats[0].title, full.full_chat.about) == ("Another title", "ref:abc")
    with pytest.raises(errors.ChannelPrivateError):
        await client(functions.channels.EditTitleRequest(types.InputChannel(channel.channel_id, 1), "Mine"))


async def test_deleted_account_is_signed_out_and_has_no_name(tmp_path: Path) -> None:
    async with running_data_centre(tmp_path) as centre:
        people = centre.world.telegram.people
        owner, other = people.add_person("Owner", phone="34600000001"), people.add_person("Ana")
        async with centre.connected(centre.session_of(owner.id)) as client:
            channel = await create_channel(client)
            record = centre.world.telegram.channels.find(channel.channel_id)
            assert record is not None
            link = centre.world.telegram.invites.export(owner.id, record)
            centre.world.telegram.joins.open(other.id, link.hash)
            people.delete(other.id)
            inside = types.ChannelParticipantsRecent()
            seen = await client(functions.channels.GetParticipantsRequest(channel, inside, 0, 10, 0))
            assert [(each.deleted, each.first_name) for each in seen.users if each.id == other.id] == [(True, None)]
            people.delete(owner.id)
            with pytest.raises(errors.UserDeactivatedError):
                await client(functions.updates.GetStateRequest())
