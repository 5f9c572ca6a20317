"""Check that staff can choose the settings of a group, and that a missing right of the bot alerts the owners once."""

from __future__ import annotations

from uuid import UUID

import pytest

from subscriptions.application.access.plan_topics import GENERAL, MAKING_TAKES, TOPIC_RIGHT, PlanTopics
from subscriptions.application.resources.arrange_group import DELETE, KEEP, PER_PLAN
from subscriptions.application.resources.keep_group import KeepGroup
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import ChannelId, ChatId, TelegramId
from subscriptions.domain.ports.forum import NoTopicMade
from tests.fakes.telegram import MemoryForum
from tests.unit.application.resources.test_change_resources import NEWS, TALK, Chats, chats

__all__ = ["chats"]

HERE, CHANNEL = ChatId(-1008), ChatId(-1009)


def topics_of(chats: Chats, forum: MemoryForum | None = None) -> PlanTopics:
    """Return the topics of a bot that may create topics, unless `forum` refuses."""
    return PlanTopics(chats.shop.units, forum or MemoryForum(), chats.shop.clock)


async def test_group_has_no_settings_until_staff_configure_the_group(chats: Chats) -> None:
    keeping = KeepGroup(chats.shop.units, chats.shop.clock, topics_of(chats))
    assert await keeping.settings(HERE) is None
    await chats.does("arrange_group", TALK, lines=DELETE, welcome="¡Hola, <b>{name}</b>!\nLee las normas.")
    kept = await keeping.settings(HERE)
    assert kept is not None
    assert (kept.tidy, kept.welcome) == (True, "¡Hola, <b>{name}</b>!\nLee las normas.")
    assert [await keeping.settings(chat) for chat in (CHANNEL, ChatId(-5))] == [None, None]
    await chats.does("arrange_group", TALK, lines=KEEP)
    kept = await keeping.settings(HERE)
    assert kept is not None
    assert (kept.tidy, bool(kept.welcome)) == (False, True), "what is left out stays"
    await chats.does("arrange_group", TALK, welcome="")
    assert await keeping.settings(HERE) is None


@pytest.mark.parametrize(
    ("about", "welcome", "why"),
    [(NEWS, "", "only_groups"), (TALK, "<b>{name}", "text_markup"), (TALK, "x" * 1001, "text_long")],
)
async def test_invalid_group_settings_are_refused(chats: Chats, about: str, welcome: str, why: str) -> None:
    with pytest.raises(InputsRefused) as refused:
        await chats.does("arrange_group", about, lines=DELETE, welcome=welcome)
    assert [wrong.key for wrong in refused.value.errors.values()] == [why]


async def test_missing_right_of_the_bot_raises_an_alarm_that_closes_once_the_right_is_granted(chats: Chats) -> None:
    keeping = KeepGroup(chats.shop.units, chats.shop.clock, topics_of(chats))
    for _ in range(2):
        await keeping.note(HERE, is_allowed=False)
    async with chats.shop.units() as uow:
        [alarm] = await uow.alarms.open(9)
    assert (alarm.kind, alarm.facts["channel"], alarm.facts["missing"]) == (
        "bot_rights_missing",
        "Talk",
        "can_delete_messages",
    )
    await keeping.note(HERE, is_allowed=True)
    async with chats.shop.units() as uow:
        assert await uow.alarms.open(9) == []


async def test_each_plan_of_a_group_has_one_topic_where_its_members_are_welcomed(chats: Chats) -> None:
    forum = MemoryForum()
    topics = topics_of(chats, forum)
    keeping = KeepGroup(chats.shop.units, chats.shop.clock, topics)
    month, week = await chats.plan(TALK, NEWS), await chats.plan(TALK)
    ana = await chats.buys(week)
    assert await keeping.thread(HERE, ana.telegram_id) is None
    await chats.does("arrange_group", TALK, topics=PER_PLAN)
    (job,) = await chats.shop.jobs("bot.open_topics")
    channel = ChannelId(UUID(str(job["channel_id"])))
    for _ in range(2):
        await topics.open_all(channel)
    assert sorted(forum.topics.values()) == sorted([month.label, week.label]), "each is made once"
    hers = await topics.thread(channel, week.id)
    assert hers != await topics.thread(channel, month.id)
    assert [await keeping.thread(HERE, each) for each in (ana.telegram_id, TelegramId(5))] == [hers, None]


async def test_topic_is_created_once_and_retried_after_a_lost_response(chats: Chats) -> None:
    forum = MemoryForum(errors=[Ambiguous("no answer")])
    topics, plan = topics_of(chats, forum), await chats.plan(TALK)
    await chats.does("arrange_group", TALK, topics=PER_PLAN)
    (job,) = await chats.shop.jobs("bot.open_topics")
    channel = ChannelId(UUID(str(job["channel_id"])))
    for _ in range(2):
        with pytest.raises(RetryLater):
            await topics.thread(channel, plan.id)
    chats.shop.clock.advance(MAKING_TAKES)
    assert await topics.thread(channel, plan.id) == 1
    await topics.forget(channel, plan.id, 7)
    assert await topics.thread(channel, plan.id) == 1, "another one than was deleted stays"
    await topics.forget(channel, plan.id, 1)
    forum.errors = [NoTopicMade("the chat is not a forum")]
    assert await topics.thread(channel, plan.id) == GENERAL
    async with chats.shop.units() as uow:
        assert [each.facts["missing"] for each in await uow.alarms.open(9)] == [TOPIC_RIGHT]
    assert await topics.thread(channel, plan.id) == 2
    async with chats.shop.units() as uow:
        assert await uow.alarms.open(9) == []
