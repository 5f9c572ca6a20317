"""Join requests, members and deletion of a channel, for every ChannelProvisioner."""

from __future__ import annotations

import asyncio

import pytest

from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import (
    SUBSCRIPTION_BOT_RIGHTS,
    ChannelProvisioner,
    ChannelRef,
    PeerGone,
)
from tests.integration.userbot.conftest import eventually
from tests.support.provisioner_stages import BOT, DAY, MARKER, NOBODY, OnTheWire, Stage, a_while_ago


async def test_join_requests_are_listed_and_a_second_answer_has_no_effect(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=True)
    payer, stranger = stage.knock(made.chat_id, link.url), stage.knock(made.chat_id, link.url)
    waiting = {person.telegram_id: person for person in await telegram.join_requests(made)}
    assert set(waiting) == {payer, stranger}
    assert await telegram.answer_request(made, waiting[payer], approve=True)
    assert await telegram.answer_request(made, waiting[stranger], approve=False)
    assert not await telegram.answer_request(made, waiting[payer], approve=True)
    assert not await telegram.answer_request(made, waiting[stranger], approve=False)
    assert await telegram.is_member(made, waiting[payer])
    assert not await telegram.is_member(made, waiting[stranger])
    assert await telegram.join_requests(made) == []
    assert stage.seen(made.chat_id).members == {payer}


async def test_members_are_listed_and_bots_are_marked_as_trusted(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    bot = await telegram.resolve_bot(BOT)
    await telegram.ensure_admin(made, bot, SUBSCRIPTION_BOT_RIGHTS)
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=False)
    person = stage.enter(made.chat_id, link.url)
    inside = {insider.telegram_id: insider.is_trusted for insider in await telegram.insiders(made)}
    assert (inside[person], inside[TelegramId(bot.telegram_id)]) == (False, True)
    assert [each for each, trusted in inside.items() if not trusted] == [person]


async def test_direct_link_can_be_used_by_one_person_only(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    end = stage.clock.now() + DAY
    alone = await telegram.export_link(made, "a" * 32, end, by_request=False)
    asking = await telegram.export_link(made, "b" * 32, end, by_request=True)
    assert stage.works(made.chat_id, alone.url)
    stage.enter(made.chat_id, alone.url)
    for _ in range(2):
        stage.knock(made.chat_id, asking.url)
    assert (stage.works(made.chat_id, alone.url), stage.works(made.chat_id, asking.url)) == (False, True)


async def test_member_removed_from_a_channel_is_not_banned(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=False)
    person = stage.enter(made.chat_id, link.url)
    (insider,) = [each for each in await telegram.insiders(made) if each.telegram_id == person]
    for _ in range(2):
        await telegram.remove(made, insider)
        assert stage.seen(made.chat_id).members == set()
        assert not stage.is_barred(made.chat_id, person)


async def test_lifting_a_ban_is_idempotent(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=False)
    person = stage.enter(made.chat_id, link.url)
    stage.ban(made.chat_id, person)
    for _ in range(2):
        await telegram.pardon(made, person)
        assert not stage.is_barred(made.chat_id, person)


async def test_deletion_of_a_channel_is_idempotent(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    await telegram.delete_channel(made)
    assert not stage.exists(made.chat_id)
    await telegram.delete_channel(made)
    with pytest.raises(PeerGone):
        await telegram.insiders(made)
    assert await telegram.find_channels(MARKER, a_while_ago(stage), NOBODY) == []


async def test_channel_deleted_during_the_search_is_skipped(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    other = await telegram.create_channel("Retador - Sportium - @ana", f"Retador · Sportium ref:{MARKER}")
    await telegram.describe(made, "Retador · Retabet")
    if not isinstance(stage, OnTheWire):
        return
    wire = stage.accounts.world.wire
    stage.accounts.fault("hold_before", "GetExportedChatInvites")
    looking = asyncio.create_task(telegram.find_channels(MARKER, a_while_ago(stage), NOBODY))
    await eventually(lambda: any(call.state == "held" for call in wire.calls()))
    channel = stage.telegram.channels.by_chat_id(made.chat_id)
    assert channel is not None
    stage.telegram.channels.delete(channel.owner, channel)
    wire.release()
    assert await looking == [other]


async def test_channel_is_found_among_the_channels_that_the_account_administers(
    telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    assert await telegram.find_administered(made.chat_id) == made
    assert await telegram.find_administered(ChatId(-1009999999999)) is None


async def test_all_channels_of_an_account_are_counted(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    assert await telegram.channels() == {made.chat_id}
    other = await telegram.create_channel("Suyo", "de otra cosa")
    assert await telegram.channels() == {made.chat_id, other.chat_id}
    await telegram.delete_channel(made)
    assert await telegram.channels() == {other.chat_id}


async def test_deleted_channel_does_not_exist_and_raises_an_error_when_read(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    assert await telegram.exists(made)
    await telegram.delete_channel(made)
    assert not await telegram.exists(made)
    assert not await telegram.exists(ChannelRef(ChatId(-1009999999999), 1))
    for look in (telegram.inspect, telegram.insiders, telegram.links):
        with pytest.raises(PeerGone):
            await look(made)


async def test_inspection_shows_title_protection_and_admins(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    before = await telegram.inspect(made)
    assert (before.is_protected, dict(before.admins)) == (False, {})
    bot = await telegram.resolve_bot(BOT)
    await telegram.ensure_admin(made, bot, SUBSCRIPTION_BOT_RIGHTS)
    await telegram.protect(made)
    await telegram.rename(made, "Otro", f"Canal {MARKER}")
    now = await telegram.inspect(made)
    assert (now.title, now.is_protected, dict(now.admins)) == ("Otro", True, {bot.telegram_id: SUBSCRIPTION_BOT_RIGHTS})
    (seen,) = [each for each in await telegram.insiders(made) if each.telegram_id == bot.telegram_id]
    assert seen.rights == SUBSCRIPTION_BOT_RIGHTS
