"""One short reminder before the event of a tip starts, sent as a reply: never late, never repeated, never for a
withdrawn tip.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from features.picks.use_cases.tip_text import TipDraft
from features.record.use_cases.remind_of_tips import RemindOfTips
from features.record.use_cases.verify_record import VerifyRecord
from features.record.use_cases.watch_deadlines import WatchDeadlines
from subscriptions.application.posts.deliver_post import DeliverMissed
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.delivery import LATE_REASON
from subscriptions.domain.entities.post import Post
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.shop import Shop
from tests.features.record.test_tips import CORE, WAIT, Desk

SECOND = timedelta(seconds=1)
LEAD = timedelta(minutes=15)
DUE = LEAD - SECOND


class Reminding(Desk):
    """A newsroom whose plan sends reminders 15 minutes before the events of its tips start."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        self.remind = RemindOfTips(shop.units, shop.clock, shop.policy.zones.home)

    async def choose(self, minutes: int) -> str:
        return (await self.act(SHELL, "tip_reminder", await self.plan(), minutes=str(minutes))).name

    async def published(self) -> tuple[int, Post]:
        await self.choose(15)
        chat, pick = await self.channel(), await self.publish()
        await self.news.work()
        return chat, pick

    async def pass_until(self, before_start: timedelta) -> None:
        self.shop.clock.advance(self.facts.starts_at - before_start - self.shop.clock.now())
        await self.remind()
        await self.news.work()

    def texts(self, chat: int) -> list[str]:
        return self.news.sender.in_channel(chat)


@pytest.fixture
def desk(shop: Shop) -> Reminding:
    return Reminding(shop)


async def test_tip_is_followed_by_one_reminder_as_a_reply(desk: Reminding) -> None:
    chat, _ = await desk.published()
    await desk.pass_until(LEAD + SECOND)
    assert len(desk.texts(chat)) == 1
    await desk.pass_until(DUE)
    await desk.pass_until(LEAD / 2)
    tip_text, reminder = desk.texts(chat)
    assert reminder.startswith("⏰ Betis – Sevilla\nEmpieza pronto: ")
    assert tip_text.startswith("📌")
    assert desk.news.sender.replies == {2: 1}
    assert desk.news.sender.posts == 2


async def test_plan_without_reminders_sends_no_reminder(desk: Reminding) -> None:
    chat = await desk.channel()
    await desk.publish()
    await desk.news.work()
    await desk.pass_until(SECOND)
    assert len(desk.texts(chat)) == 1


async def test_withdrawn_tip_has_no_reminder(desk: Reminding) -> None:
    chat, _ = await desk.published()
    await desk.accept.withdraw("k", CORE)
    await desk.news.work()
    await desk.pass_until(DUE)
    assert desk.texts(chat) == []


async def test_tip_withdrawn_before_its_reminder_is_due_has_no_reminder(desk: Reminding) -> None:
    chat, _ = await desk.published()
    desk.shop.clock.advance(WAIT - DUE)
    await desk.remind()
    await desk.accept.withdraw("k", CORE)
    await desk.news.work()
    assert desk.texts(chat) == []


async def test_withdrawing_a_tip_deletes_its_reminder(desk: Reminding) -> None:
    chat, _ = await desk.published()
    await desk.pass_until(DUE)
    await desk.accept.withdraw("k", CORE)
    await desk.pass_until(LEAD / 2)
    assert desk.texts(chat) == []


async def test_reminder_is_rescheduled_when_the_start_changes(desk: Reminding) -> None:
    chat, _ = await desk.published()
    await desk.pass_until(DUE)
    before = desk.texts(chat)[1]
    later = desk.facts.starts_at + timedelta(hours=1)
    await desk.accept.revise("k", TipDraft(facts=replace(desk.facts, starts_at=later)), CORE)
    await desk.pass_until(LEAD / 2)
    _, reminder = desk.texts(chat)
    assert reminder != before
    assert desk.news.sender.posts == 2
    desk.shop.clock.advance(timedelta(hours=1))
    await desk.remind()
    await desk.news.work()
    assert desk.news.sender.posts == 2, "one for each tip, whatever becomes of its start"


async def test_reminder_is_not_posted_after_the_start(desk: Reminding) -> None:
    chat, pick = await desk.published()
    desk.shop.clock.advance(WAIT - DUE)
    await desk.remind()
    desk.shop.clock.advance(LEAD)
    await desk.news.work()
    await desk.remind()
    assert len(desk.texts(chat)) == 1
    async with desk.shop.units() as uow:
        reminder = await uow.of(POSTS_KEY).by_key(f"reminder:{pick.id}")
    assert reminder is not None
    assert await desk.deliveries(reminder) == [(0, LATE_REASON)]
    desk.shop.clock.advance(timedelta(minutes=2))
    await WatchDeadlines(desk.shop.units, desk.shop.clock)()
    assert await desk.shop.alarms() == [], "a tip that was posted in time was not missed"


async def test_tip_published_close_to_its_start_has_no_reminder(desk: Reminding) -> None:
    await desk.choose(15)
    chat = await desk.channel()
    desk.shop.clock.advance(WAIT - LEAD)
    await desk.publish()
    await desk.news.work()
    await desk.pass_until(LEAD / 2)
    assert len(desk.texts(chat)) == 1


async def test_channel_without_the_tip_gets_no_reminder(desk: Reminding) -> None:
    _, pick = await desk.published()
    newcomer = await desk.channel()
    await desk.pass_until(DUE)
    assert desk.texts(newcomer) == []
    async with desk.shop.units() as uow:
        channels = await uow.channels.live_of_plan(pick.plan_id)
    for channel in channels:
        await DeliverMissed(desk.shop.units, desk.shop.clock)(channel.id)
    await desk.news.work()
    assert desk.news.sender.posts == 2


async def test_reminder_is_not_part_of_the_record(desk: Reminding) -> None:
    await desk.published()
    await desk.pass_until(DUE)
    assert len(await desk.entries()) == 1
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_reminder_time_of_a_plan_can_be_chosen_changed_and_removed(desk: Reminding) -> None:
    assert [await desk.choose(each) for each in (0, 15, 15, 30, 0)] == [
        "unchanged",
        "chosen",
        "unchanged",
        "chosen",
        "removed",
    ]
    with pytest.raises(InputsRefused) as refused:
        await desk.choose(1441)
    assert refused.value.errors["minutes"].key == "reminder_minutes_range"
