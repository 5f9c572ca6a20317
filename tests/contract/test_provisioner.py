"""Behavior of every ChannelProvisioner: the real provisioner against the sandbox, and the in-memory fake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ports.channel_provisioner import (
    SENDER_BOT_RIGHTS,
    SUBSCRIPTION_BOT_RIGHTS,
    AdminRights,
    BotRef,
    ChannelProvisioner,
    ChannelRef,
    FloodWait,
    PeerGone,
)
from tests.support.provisioner_stages import BOT, DAY, MARKER, NOBODY, Stage, a_while_ago


async def test_channel_is_found_by_the_marker_in_its_description(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    seen = stage.seen(made.chat_id)
    assert (seen.title, seen.about) == ("Retador - Retabet - @ana", f"Retador · Retabet ref:{MARKER}")
    assert await telegram.find_channels(MARKER, a_while_ago(stage), NOBODY) == [made]
    assert await telegram.find_channels("ba9876543210", a_while_ago(stage), NOBODY) == []


@pytest.mark.parametrize("revoked", [False, True])
async def test_channel_without_a_marker_in_its_description_is_found_by_its_links(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef, revoked: bool
) -> None:
    link = await telegram.export_link(made, f"{MARKER}{'5' * 20}", stage.clock.now() + DAY, by_request=True)
    if revoked:
        await telegram.revoke_link(made, link.url)
    for _ in range(2):
        await telegram.describe(made, "Retador · Retabet")
    assert stage.seen(made.chat_id).about == "Retador · Retabet"
    assert await telegram.find_channels(MARKER, a_while_ago(stage), NOBODY) == [made]
    assert await telegram.find_channels("ba9876543210", a_while_ago(stage), NOBODY) == []


async def test_search_for_a_channel_skips_known_channels_older_channels_and_channels_of_other_accounts(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    assert await telegram.find_channels(MARKER, a_while_ago(stage), frozenset({made.chat_id})) == []
    assert await telegram.find_channels(MARKER, stage.clock.now() + DAY, NOBODY) == []
    async with stage.open(stage.other) as other:
        assert await other.find_channels(MARKER, a_while_ago(stage), NOBODY) == []


async def test_channel_is_found_among_many_other_channels(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    since = a_while_ago(stage)
    for number in range(130):
        stage.pass_time(timedelta(seconds=2))
        await telegram.create_channel(f"Canal {number}", "")
    assert await telegram.find_channels(MARKER, since, NOBODY) == [made]


async def test_channel_is_unreachable_for_another_account(stage: Stage, made: ChannelRef) -> None:
    async with stage.open(stage.other) as other:
        with pytest.raises(PeerGone):
            await other.protect(made)


async def test_content_protection_of_a_channel_can_be_enabled_twice(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    await telegram.protect(made)
    await telegram.protect(made)
    assert stage.seen(made.chat_id).protected


@pytest.mark.parametrize("rights", [SUBSCRIPTION_BOT_RIGHTS, SENDER_BOT_RIGHTS])
async def test_bot_gets_exactly_the_given_rights(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef, rights: AdminRights
) -> None:
    bot = await telegram.resolve_bot(BOT)
    assert bot.telegram_id == stage.bot_id
    for _ in range(2):
        await telegram.ensure_admin(made, bot, rights)
    assert stage.seen(made.chat_id).admins == {stage.bot_id: rights}


async def test_bot_with_wrong_access_hash_or_name_is_reported_missing(
    telegram: ChannelProvisioner, made: ChannelRef, stage: Stage
) -> None:
    with pytest.raises(PeerGone):
        await telegram.ensure_admin(made, BotRef(BOT, stage.bot_id, 12345), SENDER_BOT_RIGHTS)
    with pytest.raises(PeerGone):
        await telegram.resolve_bot("nobody_bot")


async def test_welcome_is_posted_once_and_pinned(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    await telegram.post_welcome(made, "Hola, <b>Ana</b> & 🎰", 77)
    # The customer's name has changed and the random id is forgotten: the existing welcome must still be recognized.
    await telegram.post_welcome(made, "Hola, Ana María", 78)
    seen = stage.seen(made.chat_id)
    assert (seen.posts, seen.pinned) == (["Hola, <b>Ana</b> & 🎰"], "Hola, <b>Ana</b> & 🎰")


async def test_welcome_is_edited_in_place(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    await telegram.reword_welcome(made, "Nobody was welcomed yet")
    assert stage.seen(made.chat_id).posts == []
    await telegram.post_welcome(made, "Hola, Ana: Retabet", 77)
    for _ in range(2):
        await telegram.reword_welcome(made, "Hola, Ana: Sportium & <b>")
    seen = stage.seen(made.chat_id)
    assert (seen.posts, seen.pinned) == (["Hola, Ana: Sportium & <b>"], "Hola, Ana: Sportium & <b>")


async def test_second_request_for_an_invite_link_with_the_same_title_returns_the_first_link(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    end = stage.clock.now().replace(microsecond=0) + DAY
    link = await telegram.export_link(made, "a" * 32, end, by_request=True)
    again = await telegram.export_link(made, "a" * 32, end + DAY, by_request=True)
    other = await telegram.export_link(made, "b" * 32, end, by_request=True)
    assert (link.url, link.expires_at) == (again.url, end)
    assert other.url != link.url
    assert {each.url for each in await telegram.links(made) if not each.primary} == {link.url, other.url}


async def test_expired_link_is_replaced(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    now = stage.clock.now()
    old = await telegram.export_link(made, "a" * 32, now + DAY, by_request=True)
    stage.pass_time(2 * DAY)
    fresh = await telegram.export_link(made, "a" * 32, now + 3 * DAY, by_request=True)
    assert fresh.url != old.url
    assert (stage.works(made.chat_id, old.url), stage.works(made.chat_id, fresh.url)) == (False, True)


async def test_revocation_of_a_link_is_idempotent(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    link = await telegram.export_link(made, "a" * 32, stage.clock.now() + DAY, by_request=True)
    await telegram.revoke_link(made, link.url)
    await telegram.revoke_link(made, link.url)
    assert not stage.works(made.chat_id, link.url)
    assert [each for each in await telegram.links(made) if not each.primary] == []


async def test_no_request_is_sent_during_a_flood_wait(stage: Stage) -> None:
    stage.owner.order_wait("CreateChannel", stage.clock.now() + timedelta(minutes=1))
    async with stage.open(stage.owner) as telegram:
        with pytest.raises(FloodWait) as waiting:
            await telegram.create_channel("Canal", "")
    assert (waiting.value.method, isinstance(waiting.value, RetryLater)) == ("CreateChannel", True)
    assert timedelta(seconds=58) < waiting.value.wait <= timedelta(minutes=1)
    stage.pass_time(timedelta(minutes=1))
    async with stage.open(stage.owner) as telegram:
        await telegram.create_channel("Canal", "")


async def test_channel_is_renamed_and_still_found(stage: Stage, telegram: ChannelProvisioner, made: ChannelRef) -> None:
    title, about = "Retador - Sportium - @eva", f"Retador · Sportium ref:{MARKER}"
    for _ in range(2):
        await telegram.rename(made, title, about)
    seen = stage.seen(made.chat_id)
    assert (seen.title, seen.about) == (title, about)
    assert await telegram.find_channels(MARKER, a_while_ago(stage), NOBODY) == [made]


async def test_rename_by_another_account_or_to_empty_title_is_refused(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    async with stage.open(stage.other) as other:
        with pytest.raises(PeerGone):
            await other.rename(made, "Otro", "")
    with pytest.raises(Permanent):
        await telegram.rename(made, "", "")
    assert stage.seen(made.chat_id).title == "Retador - Retabet - @ana"
