"""Scheduled tips: recorded at once, posted at their publication time, and not earlier."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record import EntryKind
from features.record.use_cases.watch_deadlines import WatchDeadlines
from subscriptions.application.posts.publish_post import PostConflict
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import InvalidInput
from tests.fakes.shop import Shop
from tests.features.record.test_tips import CORE, WAIT, Desk

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def schedule(desk: Desk, at: datetime, key: str = "k") -> None:
    await desk.accept.tip(key, await desk.plan(), TipDraft(facts=desk.facts), CORE, at)


def when(desk: Desk) -> list[datetime | None]:
    return [job.not_before for job in desk.shop.memory.jobs_named("bot.fan_out_pick")]


async def test_scheduled_tip_is_recorded_at_once_and_posted_at_its_time(desk: Desk) -> None:
    chat, at = await desk.channel(), desk.shop.clock.now() + HOUR
    await schedule(desk, at)
    assert [each.kind for each in await desk.entries()] == [EntryKind.PUBLISHED]
    assert when(desk) == [at]
    desk.shop.clock.advance(HOUR)
    await desk.news.work()
    assert len(desk.news.sender.in_channel(chat)) == 1


async def test_tip_scheduled_for_now_is_posted_at_once(desk: Desk) -> None:
    await schedule(desk, desk.shop.clock.now())
    assert when(desk) == [None]


async def test_text_post_can_be_scheduled_like_a_tip(desk: Desk) -> None:
    at = desk.shop.clock.now() + 400 * HOUR
    pick = await desk.accept("k", await desk.plan(), PostContent(text="Hola"), at)
    assert (pick.publish_at, when(desk)) == (at, [at])


async def test_same_key_with_another_publication_time_is_a_conflict(desk: Desk) -> None:
    at = desk.shop.clock.now() + HOUR
    await schedule(desk, at)
    await schedule(desk, at)
    with pytest.raises(PostConflict):
        await schedule(desk, at + HOUR / 2)


@pytest.mark.parametrize("wait", [WAIT, timedelta(days=400)])
async def test_refusal_of_an_impossible_publication_time_names_the_field(desk: Desk, wait: timedelta) -> None:
    with pytest.raises(InvalidInput) as refused:
        await schedule(desk, desk.shop.clock.now() + wait)
    assert refused.value.field == "publish_at"
    at = (desk.shop.clock.now() + wait).isoformat()
    answers = {"plan": await desk.plan(), "event": "A – B", "market": "Goles", "selection": "Más de 2,5"}
    answers |= {"odds": "1.85", "stake": "3", "starts_at": desk.facts.starts_at.isoformat(), "publish_at": at}
    with pytest.raises(InputsRefused) as wrong:
        await desk.act(SHELL, "publish_tip", "", **answers)
    assert {name: each.key for name, each in wrong.value.errors.items()} == {"publish_at": "tip_publish_at"}
    assert await desk.entries() == []


async def test_staff_see_the_publication_time_before_and_after_scheduling(desk: Desk) -> None:
    at = desk.shop.clock.now() + HOUR
    answers = {"plan": await desk.plan(), "event": "A – B", "market": "Goles", "selection": "Más de 2,5"}
    answers |= {"odds": "1.85", "stake": "3", "starts_at": desk.facts.starts_at.isoformat()}
    effect = await desk.act.run.preview(SHELL, "publish_tip", "", answers | {"publish_at": at.isoformat()})
    assert effect is not None
    assert (effect.name, effect.facts["publish_at"]) == ("shown_later", at)
    outcome = await desk.act(SHELL, "publish_tip", "", **answers, publish_at=at.isoformat())
    assert (outcome.name, outcome.facts["publish_at"], when(desk)) == ("scheduled", at, [at])


async def test_deadline_alarm_of_a_scheduled_tip_is_raised_halfway_from_publication_to_deadline(desk: Desk) -> None:
    watch = WatchDeadlines(desk.shop.units, desk.shop.clock)
    await desk.channel()
    await schedule(desk, desk.shop.clock.now() + 1.8 * HOUR)
    desk.shop.clock.advance(1.85 * HOUR)
    await watch()
    assert await desk.shop.alarms() == []
    desk.shop.clock.advance(0.06 * HOUR)
    await watch()
    assert await desk.shop.alarms() == ["tip_at_risk"]


async def test_scheduled_tip_can_be_withdrawn_before_its_publication(desk: Desk) -> None:
    chat = await desk.channel()
    await schedule(desk, desk.shop.clock.now() + HOUR)
    await desk.accept.withdraw("k", CORE)
    desk.shop.clock.advance(HOUR)
    await desk.news.work()
    assert desk.news.sender.in_channel(chat) == []
    assert [each.kind for each in await desk.entries()] == [EntryKind.PUBLISHED, EntryKind.WITHDRAWN]


async def test_start_of_a_tip_before_its_publication_time_is_refused(desk: Desk) -> None:
    await schedule(desk, desk.shop.clock.now() + HOUR)
    earlier = replace(desk.facts, starts_at=desk.shop.clock.now() + HOUR / 2)
    with pytest.raises(InvalidInput) as refused:
        await desk.accept.revise("k", TipDraft(facts=earlier), CORE)
    assert refused.value.field == "publish_at"
