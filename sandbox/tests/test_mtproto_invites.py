"""Invite links and join requests by plain TL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telethon import TelegramClient, errors
from telethon.tl import functions, types

from tests.support.mtproto import DataCentre, create_channel, input_peer, running_data_centre


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[DataCentre]:
    async with running_data_centre(tmp_path) as running:
        yield running


@pytest.fixture
async def client(centre: DataCentre) -> AsyncIterator[TelegramClient]:
    owner = centre.world.telegram.people.add_person("Owner", phone="34600000001")
    async with centre.connected(centre.session_of(owner.id)) as connected:
        yield connected


@pytest.fixture
async def peer(client: TelegramClient) -> types.InputPeerChannel:
    return input_peer(await create_channel(client))


async def export(client: TelegramClient, peer: Any, **fields: Any) -> Any:
    return await client(functions.messages.ExportChatInviteRequest(peer=peer, **fields))


async def edit(client: TelegramClient, peer: Any, link: str, **fields: Any) -> Any:
    return await client(functions.messages.EditExportedChatInviteRequest(peer=peer, link=link, **fields))


async def links(client: TelegramClient, peer: Any, **fields: Any) -> list[str]:
    request = functions.messages.GetExportedChatInvitesRequest(
        peer=peer, admin_id=types.InputUserSelf(), limit=50, **fields
    )
    return [invite.link for invite in (await client(request)).invites]


async def waiting(client: TelegramClient, peer: Any) -> Any:
    request = functions.messages.GetChatInviteImportersRequest(
        peer=peer, requested=True, offset_date=None, offset_user=types.InputUserEmpty(), limit=50
    )
    return await client(request)


def code(link: Any) -> str:
    return str(link.link).rsplit("+", 1)[1]


async def test_link_cannot_have_both_a_member_limit_and_join_requests(
    client: TelegramClient, peer: types.InputPeerChannel
) -> None:
    with pytest.raises(errors.UsageLimitInvalidError):
        await export(client, peer, usage_limit=1, request_needed=True)
    link = await export(client, peer, usage_limit=1)
    with pytest.raises(errors.UsageLimitInvalidError):
        await edit(client, peer, link.link, request_needed=True)


async def test_link_cannot_expire_in_the_past(
    centre: DataCentre, client: TelegramClient, peer: types.InputPeerChannel
) -> None:
    centre.world.clock.advance(timedelta(days=2))
    yesterday = centre.world.clock.now() - timedelta(days=1)
    with pytest.raises(errors.ExpireDateInvalidError):
        await export(client, peer, expire_date=yesterday)


async def test_link_expires_according_to_the_simulated_clock(
    centre: DataCentre, client: TelegramClient, peer: types.InputPeerChannel
) -> None:
    link = await export(client, peer, expire_date=centre.world.clock.now() + timedelta(hours=1))
    person = centre.world.telegram.people.add_person("Late", phone="34600000002")
    async with centre.connected(centre.session_of(person.id)) as late:
        assert (await late(functions.messages.CheckChatInviteRequest(code(link)))).title == "Umbral"
        centre.world.clock.advance(timedelta(hours=2))
        for request in (functions.messages.CheckChatInviteRequest, functions.messages.ImportChatInviteRequest):
            with pytest.raises(errors.InviteHashExpiredError):
                await late(request(code(link)))
        with pytest.raises(errors.InviteHashInvalidError):
            await late(functions.messages.ImportChatInviteRequest("nonsense"))
        # The clock of the world is hours ahead, and the open connection still works.
        fresh = await export(client, peer)
        await late(functions.messages.ImportChatInviteRequest(code(fresh)))


async def test_links_are_listed_changed_revoked_and_deleted(
    client: TelegramClient, peer: types.InputPeerChannel
) -> None:
    first = await export(client, peer, title="first")
    second = await export(client, peer, title="second", request_needed=True)
    assert await links(client, peer) == [second.link, first.link]
    assert await links(client, peer, offset_link=second.link, offset_date=second.date) == [first.link]
    changed = await edit(client, peer, first.link, title="renamed", usage_limit=3)
    assert (changed.invite.title, changed.invite.usage_limit) == ("renamed", 3)
    one = await client(functions.messages.GetExportedChatInviteRequest(peer, first.link))
    assert one.invite.title == "renamed"
    with pytest.raises(errors.InviteRevokedMissingError):
        await client(functions.messages.DeleteExportedChatInviteRequest(peer, first.link))
    await edit(client, peer, first.link, revoked=True)
    with pytest.raises(errors.InviteHashExpiredError):
        await edit(client, peer, first.link, revoked=True)
    assert await links(client, peer) == [second.link]
    assert await links(client, peer, revoked=True) == [first.link]
    assert await client(functions.messages.DeleteExportedChatInviteRequest(peer, first.link))
    assert await links(client, peer, revoked=True) == []


async def test_revoked_primary_link_is_replaced(client: TelegramClient, peer: types.InputPeerChannel) -> None:
    primary = await export(client, peer, legacy_revoke_permanent=True)
    assert primary.permanent
    replaced = await edit(client, peer, primary.link, revoked=True)
    assert isinstance(replaced, types.messages.ExportedChatInviteReplaced)
    assert replaced.new_invite.permanent
    assert replaced.new_invite.link != primary.link
    channel = types.InputChannel(peer.channel_id, peer.access_hash)
    full = await client(functions.channels.GetFullChannelRequest(channel))
    assert full.full_chat.exported_invite.link == replaced.new_invite.link


async def test_join_requests_are_listed_and_answered(
    centre: DataCentre, client: TelegramClient, peer: types.InputPeerChannel
) -> None:
    telegram = centre.world.telegram
    link = await export(client, peer, request_needed=True)
    people = [telegram.people.add_person(f"Person {n}", phone=f"3461000000{n}") for n in range(4)]
    async with centre.connected(centre.session_of(people[0].id)) as asking:
        for _ in range(2):
            with pytest.raises(errors.InviteRequestSentError):
                await asking(functions.messages.ImportChatInviteRequest(code(link)))
    for person in people[1:]:
        telegram.joins.open(person.id, code(link))
    answer = await waiting(client, peer)
    assert answer.count == 4
    named = {user.id: types.InputUser(user.id, user.access_hash) for user in answer.users}

    async def hide(person: types.InputUser, *, approved: bool) -> None:
        await client(functions.messages.HideChatJoinRequestRequest(peer, person, approved=approved))

    await hide(named[people[0].id], approved=True)
    with pytest.raises(errors.UserAlreadyParticipantError):
        await hide(named[people[0].id], approved=True)
    await hide(named[people[1].id], approved=False)
    with pytest.raises(errors.HideRequesterMissingError):
        await hide(named[people[1].id], approved=True)
    with pytest.raises(errors.UserIdInvalidError):
        await hide(types.InputUser(people[2].id, 0), approved=True)
    await client(functions.messages.HideAllChatJoinRequestsRequest(peer, approved=True))
    channel = telegram.channels.find(peer.channel_id)
    assert channel is not None
    assert set(channel.members) == {channel.owner, people[0].id, people[2].id, people[3].id}
    assert (await waiting(client, peer)).count == 0


async def test_used_up_link_is_refused(
    centre: DataCentre, client: TelegramClient, peer: types.InputPeerChannel
) -> None:
    link = await export(client, peer, usage_limit=1)
    people = [centre.world.telegram.people.add_person(f"P{n}", phone=f"3462000000{n}") for n in range(2)]
    async with centre.connected(centre.session_of(people[0].id)) as first:
        await first(functions.messages.ImportChatInviteRequest(code(link)))
    async with centre.connected(centre.session_of(people[1].id)) as second:
        with pytest.raises(errors.InviteHashExpiredError):
            await second(functions.messages.ImportChatInviteRequest(code(link)))
