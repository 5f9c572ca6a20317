"""Late tips: alerts before the deadline, while the deadline can still be met, and after the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from features.picks.use_cases.get_pick import GetPick
from features.picks.use_cases.tip_text import TipDraft
from features.record.alarms import TipAtRisk, TipMissed
from features.record.use_cases.watch_deadlines import SETTLED_AFTER, WatchDeadlines
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.posts.publish_post import UnknownPost
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import unit_of_work
from tests.fakes.messages import MemoryPosts
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips

WAIT = timedelta(hours=2)
MINUTE = timedelta(minutes=1)


class Desk:
    """Plan with two channels and with tips on events that start in two hours."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.news = shop, Newsroom(shop)
        self.accept_pick = accept_tips(shop.units, shop.clock)
        self.starts_at = shop.clock.now() + WAIT
        self._watch = WatchDeadlines(shop.units, shop.clock)

    async def accept(self, channels: int) -> Post:
        """Accept a tip for the given number of channels without sending copies."""
        plan = await self.shop.plan()
        for _ in range(channels):
            await self.news.channel(plan)
        return await self.accept_pick.tip("k", plan.soft_id, TipDraft(facts=tip(starts_at=self.starts_at)), "api:core")

    async def publish(self, *errors: BaseException | None) -> Post:
        """Publish a tip to two channels.

        errors: exceptions raised by the sends of its two copies.
        """
        pick = await self.accept(2)
        self.news.sender.errors = list(errors)
        for delivery in await self.news.fan_out_all():
            with suppress(RetryLater, Permanent):
                await self.news.deliver(delivery)
        return pick

    async def at(self, moment: datetime) -> list[Alarm]:
        """Run the check of deadlines twice at the given time. Return a list with the newest alarm about a tip at risk,
        or an empty list if there was none.
        """
        self.shop.clock.advance(moment - self.shop.clock.now())
        await self._watch()
        await self._watch()
        async with self.shop.units() as uow:
            risk = await uow.alarms.newest(TipAtRisk.name, TipAtRisk.name)
        return [risk] if risk is not None else []

    async def notified(self) -> list[tuple[str, dict[str, str]]]:
        """Return the kind and facts of each raised alarm, once per key."""
        jobs = {job["key"]: job for job in await self.shop.jobs("bot.alarm")}
        return [(str(job["kind"]), dict(job["facts"])) for job in jobs.values()]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def test_fully_posted_tip_raises_no_alarm(desk: Desk) -> None:
    await desk.publish()
    assert await desk.at(desk.starts_at - MINUTE) == []
    assert await desk.at(desk.starts_at + SETTLED_AFTER) == []
    assert await desk.notified() == []


async def test_alarm_about_missing_copies_is_raised_halfway_to_the_deadline(desk: Desk) -> None:
    await desk.publish(None, Permanent("the bot is no administrator"))
    assert await desk.at(desk.starts_at - WAIT / 2 - MINUTE) == []
    [alarm] = await desk.at(desk.starts_at - WAIT / 2)
    assert alarm.open
    assert await desk.notified() == [
        (
            "tip_at_risk",
            {
                "pick": "k",
                "until": f"{desk.starts_at:%Y-%m-%d %H:%M} UTC",
                "unsent": "1",
                "copies": "2",
                "reason": "the bot is no administrator",
            },
        )
    ]
    [same_alarm] = await desk.at(desk.starts_at - MINUTE)
    assert (same_alarm.id, same_alarm.raised_at, same_alarm.open) == (alarm.id, alarm.raised_at, True)


async def test_tip_without_any_posted_copy_is_reported(desk: Desk) -> None:
    await desk.accept(2)
    [alarm] = await desk.at(desk.starts_at - WAIT / 2)
    assert (alarm.facts["unsent"], alarm.facts["copies"]) == ("2", "2")
    await desk.at(desk.starts_at + SETTLED_AFTER)
    assert [kind for kind, _ in await desk.notified()] == [TipAtRisk.name, TipMissed.name]


async def test_tip_without_channels_raises_no_alarm(desk: Desk) -> None:
    pick = await desk.accept(0)
    assert await desk.news.fan_out_all() == []
    desk.shop.clock.advance(MINUTE)
    async with desk.shop.units() as uow:
        plan = await uow.plans.get(pick.plan_id)
    assert plan is not None
    chat = await desk.news.channel(plan)
    async with desk.shop.units() as uow:
        channel = await uow.channels.by_chat_id(chat)
        assert channel is not None
        channel.created_at = channel.ready_at = desk.shop.clock.now()
        await uow.channels.save(channel)
        await uow.commit()
    assert await desk.at(desk.starts_at - MINUTE) == []
    await desk.at(desk.starts_at + SETTLED_AFTER)
    assert await desk.notified() == []


async def test_alarm_closes_once_all_copies_are_posted(desk: Desk) -> None:
    await desk.publish(None, RetryLater("Telegram is away", delay=MINUTE))
    [alarm] = await desk.at(desk.starts_at - WAIT / 2)
    assert "reason" not in alarm.facts
    async with desk.shop.units() as uow:
        pick = await uow.of(POSTS_KEY).by_key("k")
        assert pick is not None
        behind = [each for each in await uow.of(POSTS_KEY).deliveries(pick.id) if each.revision == 0]
    for delivery in behind:
        await desk.news.deliver(delivery.id)
    [alarm] = await desk.at(desk.starts_at - MINUTE)
    assert not alarm.open
    await desk.at(desk.starts_at + SETTLED_AFTER)
    assert [kind for kind, _ in await desk.notified()] == [TipAtRisk.name]


async def test_missed_deadline_is_reported_once_and_leaves_no_open_alarm(desk: Desk) -> None:
    await desk.publish(RetryLater("Telegram is away", delay=MINUTE), Permanent("chat not found"))
    await desk.at(desk.starts_at - MINUTE)
    [alarm] = await desk.at(desk.starts_at + SETTLED_AFTER)
    assert not alarm.open
    await desk.at(desk.starts_at + 2 * SETTLED_AFTER)
    notified = await desk.notified()
    assert [kind for kind, _ in notified] == [TipAtRisk.name, TipMissed.name]
    assert (notified[1][1]["unsent"], notified[1][1]["copies"], notified[1][1]["reason"]) == (
        "2",
        "2",
        "chat not found",
    )


class CountingPicks(MemoryPosts):
    """Post repository that records the posts whose copies were counted.

    counted: ids of these posts.
    """

    counted: ClassVar[list[PostId]] = []

    async def counts(self, pick_id: PostId) -> Mapping[tuple[int, str | None], int]:
        self.counted.append(pick_id)
        return await super().counts(pick_id)


async def test_copies_of_a_tip_are_not_counted_again_after_its_missed_deadline_is_reported(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountingPicks, "counted", [])
    monkeypatch.setitem(unit_of_work.BROUGHT, POSTS_KEY.name, CountingPicks)
    watch = WatchDeadlines(desk.shop.units, desk.shop.clock)
    pick = await desk.publish(RetryLater("Telegram is away", delay=MINUTE), Permanent("chat not found"))
    desk.shop.clock.advance(desk.starts_at + SETTLED_AFTER - desk.shop.clock.now())
    await watch()
    [(kind, facts)] = await desk.notified()
    async with desk.shop.units() as uow:
        key = f"{TipMissed.name}:{pick.id}:{desk.starts_at:%Y%m%dT%H%M}"
        assert await uow.alarms.add_if_new(new_alarm(key, kind, facts, desk.shop.clock.now()))
        await uow.commit()
    await watch()
    assert CountingPicks.counted == [pick.id]


async def test_withdrawing_a_tip_closes_its_alarm(desk: Desk) -> None:
    await desk.publish(Permanent("chat not found"), None)
    await desk.at(desk.starts_at - WAIT / 2)
    await desk.accept_pick.withdraw("k")
    [alarm] = await desk.at(desk.starts_at - MINUTE)
    assert not alarm.open
    await desk.at(desk.starts_at + SETTLED_AFTER)
    assert [kind for kind, _ in await desk.notified()] == [TipAtRisk.name]


async def test_status_of_a_post_counts_copies_and_failures(desk: Desk) -> None:
    get_pick = GetPick(desk.shop.units)
    with pytest.raises(UnknownPost):
        await get_pick("k")
    await desk.publish(None, Permanent("chat not found"))
    view = await get_pick("k")
    assert (view.copies, view.posted_count, view.current, view.failures) == (2, 1, 1, {"chat not found": 1})


async def test_post_status_excludes_copies_with_an_undelivered_edit_from_current_copies(desk: Desk) -> None:
    plan = await desk.shop.plan()
    await desk.news.channel(plan)
    await desk.news.accept("k", plan.soft_id, PostContent(text="uno"))
    await desk.news.work()
    await desk.accept_pick.edit("k", PostContent(text="dos"))
    view = await GetPick(desk.shop.units)("k")
    assert (view.copies, view.posted_count, view.current, view.failures) == (1, 1, 0, {})


@pytest.mark.parametrize(
    ("after", "kinds"),
    [(-MINUTE, [TipAtRisk.name]), (timedelta(seconds=30), [TipAtRisk.name, TipMissed.name])],
    ids=["before the deadline", "after it"],
)
async def test_missed_deadline_is_reported_unless_the_tip_was_withdrawn_before_it(
    desk: Desk, after: timedelta, kinds: list[str]
) -> None:
    await desk.publish(None, Permanent("chat not found"))
    await desk.at(desk.starts_at - WAIT / 2)
    desk.shop.clock.advance(desk.starts_at + after - desk.shop.clock.now())
    await desk.accept_pick.withdraw("k", "api:core")
    await desk.at(desk.starts_at + SETTLED_AFTER)
    assert [kind for kind, _ in await desk.notified()] == kinds


async def test_missed_extended_deadline_is_reported_again(desk: Desk) -> None:
    plan, first = await desk.shop.plan(), desk.starts_at - 30 * MINUTE
    await desk.news.channel(plan)
    facts = tip(starts_at=desk.starts_at, valid_until=first)
    await desk.accept_pick.tip("k", plan.soft_id, TipDraft(facts=facts), "api:core")
    await desk.at(first + SETTLED_AFTER)
    later = tip(starts_at=desk.starts_at, valid_until=desk.starts_at - 10 * MINUTE)
    await desk.accept_pick.revise("k", TipDraft(facts=later), "api:core")
    await desk.at(desk.starts_at - 10 * MINUTE + SETTLED_AFTER)
    notified = [facts["until"][-9:-4] for kind, facts in await desk.notified() if kind == TipMissed.name]
    assert notified == [f"{first:%H:%M}", f"{desk.starts_at - 10 * MINUTE:%H:%M}"]
