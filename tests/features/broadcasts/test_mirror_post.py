"""Mirrored channels: each post is copied once to the channels of its plan, and edits are applied to the copies."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from features.broadcasts.alarms import MirrorLost
from features.broadcasts.domain import BroadcastId
from features.broadcasts.use_cases.mirror_post import MirrorPost
from subscriptions.domain.entities.post import PostContent, PostSource
from tests.features.broadcasts.conftest import BETTER, HELLO, SOURCE, Studio


async def test_mirrored_post_and_its_edit_reach_the_channels_of_the_plan(studio: Studio) -> None:
    plan = await studio.shop.plan()
    chat = await studio.news.channel(plan)
    mirror = MirrorPost(studio.shop.units, studio.shop.clock, {SOURCE: frozenset({plan.soft_id})})
    for _ in range(2):
        await mirror.mirror(SOURCE, 5, None, HELLO)
    await work_due(studio)
    assert studio.news.sender.in_channel(chat) == [HELLO.text]

    await mirror.edit(SOURCE, 5, None, BETTER)
    await work_due(studio)
    assert studio.news.sender.in_channel(chat) == [BETTER.text]


async def test_mirrored_album_waits_for_all_of_its_messages(studio: Studio) -> None:
    plan = await studio.shop.plan()
    await studio.news.channel(plan)
    mirror = MirrorPost(studio.shop.units, studio.shop.clock, {SOURCE: frozenset({plan.soft_id})})
    for number in (5, 6, 6):
        await mirror.mirror(SOURCE, number, "g", PostContent(text="", source=PostSource(SOURCE, (number,))))
    await work_due(studio)
    assert not studio.news.sender.shown, "more of it may come"
    studio.shop.clock.advance(timedelta(seconds=5))
    await work_due(studio)
    assert [each.source for each in studio.news.sender.shown.values()] == [PostSource(SOURCE, (5, 6))]

    await mirror.mirror(SOURCE, 6, "g", PostContent(text="", source=PostSource(SOURCE, (6,))))
    await work_due(studio)
    assert len(studio.news.sender.shown) == 1, "what is told of twice goes once"

    await mirror.mirror(SOURCE, 7, "g", PostContent(text="", source=PostSource(SOURCE, (7,))))
    studio.shop.clock.advance(timedelta(seconds=5))
    await work_due(studio)
    assert len(studio.news.sender.shown) == 2, "what comes after it went out goes by itself"


async def test_source_channel_without_the_bot_raises_an_alarm_that_closes_automatically(studio: Studio) -> None:
    mirror = MirrorPost(studio.shop.units, studio.shop.clock, {SOURCE: frozenset({"retabet"})})
    await mirror.record_sight(SOURCE, "Picks", sees=False)
    async with studio.shop.units() as uow:
        alarm = await uow.alarms.newest(MirrorLost.name, MirrorLost.name)
    assert alarm is not None
    assert alarm.open
    assert alarm.facts["channel"] == "Picks"
    await mirror.record_sight(SOURCE, "Picks", sees=True)
    async with studio.shop.units() as uow:
        assert await uow.alarms.count_open() == 0


async def work_due(studio: Studio) -> None:
    """Run the jobs that send broadcasts and deliver posts."""
    for job in await studio.shop.jobs("bot.send_broadcast"):
        await studio.send(BroadcastId(UUID(str(job["broadcast_id"]))), studio.show)
    await studio.news.work()
