"""Posts about a plan's tip record that the bot publishes in the plan's public channel."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.picks.use_cases.tip_text import TipDraft
from features.record.domain.record_chain import Flaw
from features.record.domain.record_post import DIGESTS, PostKind, RecordPost
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.keep_public_posts import LEAD, KeepPublicPosts
from features.record.use_cases.post_publicly import PostPublicly
from features.record.use_cases.read_record import ReadRecord
from features.record.use_cases.verify_record import VerifyRecord
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.post import PostButton, PostContent
from subscriptions.domain.ids import PlanId
from tests.fakes.shop import Shop
from tests.features.picks.tips import tip
from tests.features.record.test_read_record import HOUR, Public, verified


class Wall:
    """In-memory PublicChannel."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.buttons: list[tuple[tuple[PostButton, ...], ...]] = []
        self.previews: list[str | None] = []

    async def post(self, username: str, content: PostContent) -> int:
        self.said.append((username, content.text))
        self.buttons.append(content.buttons)
        self.previews.append(content.preview)
        return len(self.said)


class Square:
    """Plan with a tip record and a public channel in memory."""

    def __init__(self, shop: Shop) -> None:
        self.public, self.shop, self.wall = Public(shop), shop, Wall()
        self.keep = KeepPublicPosts(
            shop.units, shop.clock, shop.policy, ReadRecord(shop.units, shop.clock, ZoneInfo("UTC"))
        )
        self.post = PostPublicly(shop.units, self.wall, shop.clock, shop.policy.zones.home)

    async def work(self) -> list[str]:
        """Run the scheduled work and the bot's jobs, and return the new posts."""
        before = len(self.wall.said)
        await self.keep()
        await self.keep()
        for job in [job for job in self.shop.memory.jobs if job.name == "bot.post_publicly"]:
            said = job.payload
            plan = await self.plan()
            await self.post(plan, PostKind(str(said["kind"])), str(said["subject"]))
        return [text for _, text in self.wall.said[before:]]

    async def plan(self) -> PlanId:
        async with self.shop.units() as uow:
            plan = await uow.plans.by_soft_id(self.public.plan)
            assert plan is not None
            return plan.id

    async def posts(self, *kinds: PostKind) -> list[RecordPost]:
        plan = await self.plan()
        async with self.shop.units() as uow:
            return list(await uow.of(RECORDS_KEY).posts(plan, *kinds))

    async def choose(self, **answers: str) -> str:
        return (await self.public.act(SHELL, "record_channel", self.public.plan, **answers)).name


@pytest.fixture
async def square(shop: Shop) -> Square:
    """Create a plan at eight in the morning, with tips on events at ten and at eleven."""
    made = Square(shop)
    shop.clock.advance(datetime.combine(shop.clock.now().date() + timedelta(days=1), time(8), UTC) - shop.clock.now())
    for number in (2, 3):
        await made.public.publish(number)
    assert await made.choose(channel="https://t.me/elcanal") == "chosen"
    return made


async def test_digest_is_posted_before_the_first_start_and_at_the_end_of_the_day(square: Square) -> None:
    assert await square.work() == []
    square.shop.clock.advance(2 * HOUR - LEAD)
    [opening] = await square.work()
    today = square.shop.clock.now().date()
    plan_id = await square.plan()
    async with square.shop.units() as uow:
        head = await uow.of(RECORDS_KEY).head(plan_id)
    assert head is not None
    assert f"{today:%d/%m/%Y}, antes del primer inicio" in opening
    assert head.hash in opening
    assert square.wall.said[0][0] == "elcanal"
    assert await square.work() == []
    square.shop.clock.advance(8 * HOUR)
    await square.public.act(SHELL, "settle_tip", "k2", result="won")
    square.shop.clock.advance(12 * HOUR)
    [closing] = await square.work()
    assert f"{today:%d/%m/%Y}, fin del día" in closing
    assert "3 primeras entradas" in closing
    square.shop.clock.advance(24 * HOUR)
    assert await square.work() == [], "nothing was entered that day"
    assert [each.link for each in await square.posts(*DIGESTS)] == ["https://t.me/elcanal/2", "https://t.me/elcanal/1"]


async def test_opening_digest_is_not_posted_after_the_first_start(square: Square) -> None:
    square.shop.clock.advance(2 * HOUR)
    assert await square.work() == []


async def test_record_page_record_file_and_verification_name_the_published_digest(
    square: Square, tmp_path: Path
) -> None:
    square.shop.clock.advance(2 * HOUR - timedelta(minutes=1))
    await square.work()
    [digest] = await square.posts(*DIGESTS)
    view = await square.public.read(square.public.plan)
    assert view is not None
    assert list(view.digests) == [digest]
    code, said = verified(await square.public.file(tmp_path / "record.jsonl"))
    assert (code, said.splitlines()[-1]) == (0, f"{digest.link} has to say {digest.hash}")
    [verification] = await VerifyRecord(square.shop.units)(square.public.plan)
    assert (verification.faults, verification.digests, verification.proof) == ([], 1, digest.link)


async def test_record_rewritten_after_its_digest_was_published_is_detected(square: Square, tmp_path: Path) -> None:
    square.shop.clock.advance(2 * HOUR - timedelta(minutes=1))
    await square.work()
    table = square.shop.memory.tables["record_entries"]
    first, second = table
    first = replace(first, body=first.body.replace("1.85", "3.85"))
    first = replace(first, hash=first.digest())
    second = replace(second, previous=first.hash)
    table[:] = [first, replace(second, hash=second.digest())]
    [verification] = await VerifyRecord(square.shop.units)(square.public.plan)
    [digest] = await square.posts(*DIGESTS)
    assert [(each.flaw, each.number, each.link) for each in verification.faults] == [(Flaw.UNPROVED, 2, digest.link)]
    assert verified(await square.public.file(tmp_path / "record.jsonl")) == (
        1,
        f"entry 2 is another than the digest says at {digest.link}",
    )


async def test_plan_posts_publicly_only_in_a_chosen_channel(square: Square) -> None:
    assert await square.choose(channel="@elcanal") == "unchanged"
    with pytest.raises(InputsRefused):
        await square.choose(channel="not a name")
    assert await square.choose(channel="") == "removed"
    square.shop.clock.advance(2 * HOUR - timedelta(minutes=1))
    assert await square.work() == []


async def test_public_posts_are_in_the_chosen_language(square: Square) -> None:
    assert await square.choose(channel="elcanal", language="en") == "chosen"
    square.shop.clock.advance(2 * HOUR - timedelta(minutes=1))
    [opening] = await square.work()
    assert "before the first start" in opening
    assert date.fromisoformat((await square.posts(*DIGESTS))[0].subject) == square.shop.clock.now().date()


def kinds(square: Square) -> list[PostKind]:
    return [post.kind for post in square.shop.memory.rows("record_posts")]


async def test_teaser_before_the_start_hides_the_tip_and_a_post_after_the_start_shows_the_tip(square: Square) -> None:
    await square.choose(channel="elcanal", teasers="every")
    for said in await square.work():
        assert "Partido" in said
        assert "+18" in said
        for hidden in ("Más de 2,5", "1,85", "Goles"):
            assert hidden not in said, "live tips are never public before their start"
    assert kinds(square) == [PostKind.TEASER, PostKind.TEASER]
    square.shop.clock.advance(2 * HOUR)
    [whole] = await square.work()
    for shown in ("Partido 2", "Más de 2,5", "Cuota 1,85", "/historial/"):
        assert shown in whole
    assert await square.work() == []


async def test_teaser_of_a_scheduled_tip_is_posted_only_after_its_publication(square: Square) -> None:
    await square.choose(channel="elcanal", teasers="every")
    await square.work()
    now = square.shop.clock.now()
    later = TipDraft(facts=tip(event="Partido 9", starts_at=now + 8 * HOUR))
    await square.public.accept.tip("k9", square.public.plan, later, "cli", now + 2 * HOUR)
    square.shop.clock.advance(HOUR)
    assert [text for text in await square.work() if "Partido 9" in text] == []
    square.shop.clock.advance(HOUR)
    assert len([text for text in await square.work() if "Partido 9" in text]) == 1


async def test_daily_teaser_is_posted_for_the_first_published_tip(square: Square) -> None:
    await square.public.publish(30)
    await square.choose(channel="elcanal", teasers="daily")
    [first] = await square.work()
    assert "Partido 2" in first
    square.shop.clock.advance(24 * HOUR)
    said = await square.work()
    assert len([text for text in said if "hay pronóstico" in text and "Partido 30" in text]) == 1


async def test_tip_withdrawn_after_its_teaser_is_shown_as_withdrawn_after_its_start(square: Square) -> None:
    await square.choose(channel="elcanal", teasers="every")
    await square.work()
    await square.public.accept.withdraw("k2", "cli")
    square.shop.clock.advance(2 * HOUR)
    [whole] = await square.work()
    assert "Se retiró antes de empezar" in whole


async def test_settled_tip_gets_no_teaser(square: Square) -> None:
    square.shop.clock.advance(10 * HOUR)
    await square.public.act(SHELL, "settle_tip", "k2", result="won")
    await square.choose(channel="elcanal", teasers="every")
    assert await square.work() == []


async def test_button_of_a_post_links_to_the_plan(square: Square) -> None:
    async with square.shop.units() as uow:
        await uow.variables.set(BOT_USERNAME, "retador_bot")
        await uow.commit()
    await square.choose(channel="elcanal", teasers="every")
    await square.work()
    [[button]] = square.wall.buttons[-1]
    assert button.url == f"https://t.me/retador_bot?start=plan_{square.public.plan}"


async def test_monthly_summary_of_a_record_is_posted_once(square: Square) -> None:
    square.shop.clock.advance(3 * HOUR)
    await square.public.act(SHELL, "settle_tip", "k2", result="won")
    await square.public.act(SHELL, "settle_tip", "k3", result="lost")
    now = square.shop.clock.now()
    following = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=9)
    square.shop.clock.advance(following - now)
    said = await square.work()
    [summary] = [text for text in said if "📊" in text]
    for part in (f"{now:%m/%Y}", "2 con resultado", "−0,45 u", "yield −7,5 %", "50 % de aciertos", "+18"):
        assert part in summary
    page = re.search(r"https://\S+/historial/\S+", summary)
    assert page is not None
    wide = {"url": page[0], "prefer_large_media": True, "show_above_text": True}
    assert json.loads(square.wall.previews[square.wall.said.index(("elcanal", summary))] or "") == wide
    assert await square.work() == []
