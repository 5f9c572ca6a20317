"""Two accounts in one channel, for every ChannelProvisioner."""

from __future__ import annotations

import pytest

from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.channel_provisioner import ChannelProvisioner, ChannelRef, PeerGone
from tests.support.provisioner_stages import DAY, Stage


async def test_second_account_joins_once_by_link_and_is_promoted(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "second", stage.clock.now() + DAY, by_request=False)
    async with stage.open(stage.other) as other:
        whose = await other.myself()
        inside = await other.join(link.url)
        assert inside is not None
        assert (inside.chat_id, inside.access_hash != made.access_hash) == (made.chat_id, True)
        assert await other.join("https://t.me/+0000000000000000") is None

    [person] = [each for each in await telegram.insiders(made) if each.telegram_id == whose]
    assert not person.is_trusted
    await telegram.promote(made, person)
    await telegram.promote(made, person)
    assert [each.is_trusted for each in await telegram.insiders(made) if each.telegram_id == whose] == [True]

    async with stage.open(stage.other) as other:
        # An administrator account has the rights for the owner's daily work.
        await other.rename(inside, "Otro", "Otro canal")
        own = await other.export_link(inside, "b" * 32, stage.clock.now() + DAY, by_request=True)
        assert stage.works(made.chat_id, own.url)


async def test_member_can_list_deleted_posts_and_banned_account_cannot(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "second", stage.clock.now() + DAY, by_request=False)
    stays, goes = stage.post(made.chat_id), stage.post(made.chat_id)
    stage.delete_post(made.chat_id, goes)
    async with stage.open(stage.other) as other:
        assert await other.find_inside({made.chat_id}) == []
        inside = await other.join(link.url)
        assert inside is not None
        assert await other.find_inside({made.chat_id, ChatId(-1009999999999)}) == [inside]
        assert await other.find_inside({ChatId(-1009999999999)}) == []
        # More ids than fit into one request.
        assert await other.missing_posts(inside, {stays, goes, *range(9000, 9120)}) == {goes, *range(9000, 9120)}
        assert await other.exists(inside)

        stage.ban(made.chat_id, await other.myself())
        assert await other.find_inside({made.chat_id}) == []
        assert not await other.exists(inside)
        with pytest.raises(PeerGone):
            await other.missing_posts(inside, {stays, goes})


async def test_owner_can_delete_posts_of_any_age_and_member_can_delete_no_posts(
    stage: Stage, telegram: ChannelProvisioner, made: ChannelRef
) -> None:
    link = await telegram.export_link(made, "second", stage.clock.now() + DAY, by_request=False)
    posts = {stage.post(made.chat_id) for _ in range(3)}
    goes, *stay = sorted(posts)
    stage.pass_time(3 * DAY)
    await telegram.delete_posts(made, {goes})
    await telegram.delete_posts(made, {goes, 9000})
    assert await telegram.missing_posts(made, posts) == {goes}
    fresh = await telegram.export_link(made, "third", stage.clock.now() + DAY, by_request=False)
    assert link.url != fresh.url
    async with stage.open(stage.other) as other:
        inside = await other.join(fresh.url)
        assert inside is not None
        with pytest.raises(Permanent):
            await other.delete_posts(inside, set(stay))
    assert await telegram.missing_posts(made, posts) == {goes}
