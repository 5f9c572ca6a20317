"""Many tips while Telegram and Umbral's processes fail, under each fault alone and under all faults together.

No copy is posted at or after its deadline. The owners are alerted about every missed copy and about no other copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from features.picks.use_cases.tip_text import TipDraft
from features.record.alarms import TipMissed
from features.record.use_cases.watch_deadlines import SETTLED_AFTER, WatchDeadlines
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import ChatId, DeliveryId
from subscriptions.domain.ports.post_sender import SentPost, no_deadline
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.fakes.telegram import MemorySender
from tests.features.picks.tips import tip
from tests.features.record.records import accept_tips

MINUTE = timedelta(minutes=1)
CHANNELS = 3
FAULTS = ("flood", "lost answer", "refused", "killed", "slow turn", "away")
TIPS = 25


class Killed(BaseException):
    """Simulated kill of the process at this instruction."""


@dataclass
class Weather(MemorySender):
    """Telegram with random faults.

    posted: timestamps of each text in each channel.
    """

    shop: Shop | None = None
    random: Random = field(default_factory=Random)
    faults: tuple[str, ...] = ()
    posted: dict[str, dict[ChatId, list[datetime]]] = field(default_factory=lambda: defaultdict(dict))

    async def post(
        self,
        chat: ChatId,
        content: PostContent,
        spread_key: int,
        picture: bytes | None = None,
        may_post: Callable[[], bool] = no_deadline,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> SentPost:
        assert self.shop is not None
        fault = self.random.choice([*self.faults, "none", "none"])
        if fault == "flood":
            raise RetryLater("Too Many Requests", delay=self.random.randrange(1, 40) * MINUTE)
        if fault == "refused":
            raise Permanent("chat not found")
        if fault == "slow turn":
            self.shop.clock.advance(self.random.randrange(1, 25) * MINUTE)
        posted = await super().post(chat, content, spread_key, picture, may_post, thread, reply_to)
        self.posted[content.text].setdefault(chat, []).append(self.shop.clock.now())
        if fault == "lost answer":
            raise Ambiguous("Telegram did not answer")
        if fault == "killed":
            raise Killed
        return posted


class Day:
    """Simulated day under one set of faults: a tip is published every minute, and a process delivers the copies as far
    as the faults permit.
    """

    def __init__(self, shop: Shop, faults: tuple[str, ...], random: Random) -> None:
        self.shop, self.faults, self.random = shop, faults, random
        self.weather = Weather(shop=shop, random=random, faults=faults)
        self.news = Newsroom(shop, sender=self.weather)
        self.accept_pick = accept_tips(shop.units, shop.clock)
        self.watch = WatchDeadlines(shop.units, shop.clock)
        self.due: list[tuple[datetime, DeliveryId]] = []

    async def publish(self, soft_id: str, number: int) -> Post:
        starts_at = self.shop.clock.now() + self.random.randrange(2, 60) * MINUTE
        facts = tip(event=f"Partido {number} – Rival", starts_at=starts_at)
        return await self.accept_pick.tip(f"k{number}", soft_id, TipDraft(facts=facts), "api:core")

    async def work(self) -> None:
        """Run each due delivery once and schedule its retry."""
        now = self.shop.clock.now()
        if "away" in self.faults and now.hour % 2:
            return
        self.due += [(now, each) for each in await self.news.fan_out_all()]
        todo, self.due = [each for at, each in self.due if at <= now], [each for each in self.due if each[0] > now]
        for delivery in todo:
            try:
                await self.news.deliver(delivery)
            except RetryLater as later:
                self.due.append((self.shop.clock.now() + (later.delay or MINUTE), delivery))
            except (Ambiguous, Killed):
                self.due.append((self.shop.clock.now() + MINUTE, delivery))
            except Permanent:
                continue

    async def pass_by(self, minutes: int) -> None:
        for _ in range(minutes):
            self.shop.clock.advance(MINUTE)
            await self.work()
            await self.watch()

    async def notified(self) -> dict[str, int]:
        """Return the number of copies reported as missed, by the post's key."""
        alarms = {job["key"]: job for job in await self.shop.jobs("bot.alarm") if job["kind"] == TipMissed.name}
        return {each["facts"]["pick"]: int(each["facts"]["unsent"]) for each in alarms.values()}


PLANS = [(), *((each,) for each in FAULTS), FAULTS]


@pytest.mark.parametrize("faults", PLANS, ids=lambda faults: "+".join(faults) or "none")
async def test_no_copy_of_a_tip_is_posted_after_its_deadline_and_every_missed_copy_is_reported(
    shop: Shop, faults: tuple[str, ...]
) -> None:
    day, plan = Day(shop, faults, Random(len(faults))), await shop.plan()
    chats = [await day.news.channel(plan) for _ in range(CHANNELS)]
    picks = []
    for number in range(TIPS):
        picks.append(await day.publish(plan.soft_id, number))
        await day.pass_by(day.random.randrange(1, 6))
    await day.pass_by(65 + int(SETTLED_AFTER / MINUTE))
    notified, missed = await day.notified(), 0
    for pick in picks:
        posted = day.weather.posted[pick.content.text]
        assert pick.deadline is not None
        assert [at for times in posted.values() for at in times if at >= pick.deadline] == []
        missing = len(chats) - len(posted)
        missed += missing
        # A copy whose answer was lost may be posted or not, so it may be reported as missed too.
        unknown = {"lost answer", "killed"} & set(faults)
        assert missing <= notified.get(pick.key, 0) <= (CHANNELS if unknown else missing), (pick.key, posted, notified)
    assert bool(missed) == bool(set(faults) - {"lost answer", "killed"}), "the plan of faults does something"
