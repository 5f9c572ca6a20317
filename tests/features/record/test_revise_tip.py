"""Revision and withdrawal of tips by staff. The record keeps the earlier entries, and a withdrawn tip counts by the
plan's rule.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from features.picks.domain import profit
from features.record.commands.publish_tip import PublishedPick
from features.record.domain.record import EntryKind
from features.record.domain.tip_history import TipHistory
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.read_record import ReadRecord
from features.record.use_cases.tip_line import read_line
from features.record.use_cases.verify_record import VerifyRecord
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.post import Post, PostStatus
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.services.zones import HOME
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

PROGRAM = Program("core", frozenset({Ability.PICKS}))


class Desk:
    """Shop with a tip whose event starts in two hours."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.act = shop, Staff(shop)

    async def publish(self) -> PostId:
        plan = await self.shop.plan()
        at = self.shop.clock.now() + timedelta(hours=2)
        line = read_line(f"Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | {at:%Y-%m-%d %H:%M}Z")
        outcome = await self.act(SHELL, "publish_tip", "", **line, plan=plan.soft_id)
        assert isinstance(outcome.result, PublishedPick)
        self.tip, self.plan = outcome.result.id, plan.soft_id
        return self.tip

    async def stands(self) -> tuple[Post, TipHistory]:
        async with self.shop.units() as uow:
            pick = await uow.of(POSTS_KEY).get(self.tip)
            assert pick is not None
            return pick, TipHistory(self.tip, await uow.of(RECORDS_KEY).of_tip(self.tip))


@pytest.fixture
async def desk(shop: Shop) -> Desk:
    desk = Desk(shop)
    await desk.publish()
    return desk


async def test_changed_odds_are_posted_and_the_first_odds_are_kept(desk: Desk) -> None:
    effect = await desk.act.run.preview(SHELL, "revise_tip", str(desk.tip), {"odds": "1,70"})
    assert effect is not None
    assert (effect.name, "Cuota 1,7" in str(effect.facts["text"])) == ("revised", True)

    assert (await desk.act(PROGRAM, "revise_tip", desk.tip, odds="1.70")).name == "tip_revised"
    pick, tip = await desk.stands()
    assert ("Cuota 1,7" in pick.content.text, str(tip.facts.odds)) == (True, "1.7")
    assert tip.facts.selection == "Más de 2,5"
    assert [each.kind for each in tip.entries] == [EntryKind.PUBLISHED, EntryKind.REVISED]
    assert tip.entries[-1].origin == "api:core"

    assert (await desk.act(SHELL, "revise_tip", desk.tip)).name == "tip_unchanged"
    assert len((await desk.stands())[1].entries) == 2


async def test_change_of_a_started_tip_is_recorded_as_a_correction_until_the_tip_is_settled(desk: Desk) -> None:
    desk.shop.clock.advance(timedelta(hours=3))
    effect = await desk.act.run.preview(SHELL, "revise_tip", str(desk.tip), {"odds": "1.5"})
    assert (effect.name if effect is not None else None) == "corrected"
    await desk.act(SHELL, "revise_tip", desk.tip, odds="1.5")
    pick, tip = await desk.stands()
    assert ("Cuota 1,5" in pick.content.text, str(tip.facts.odds), len(tip.corrections)) == (True, "1.85", 1)
    await desk.act(SHELL, "settle_tip", desk.tip, result="won")
    with pytest.raises(NothingToDo):
        await desk.act(SHELL, "revise_tip", desk.tip, odds="1.4")


@pytest.mark.parametrize(
    ("answers", "field", "key"),
    [
        ({"odds": "0.5"}, "odds", "tip_odds_range"),
        ({"stake": "x"}, "stake", "tip_stake"),
        ({"starts_at": "2020-01-01 10:00Z"}, "starts_at", "tip_starts_past"),
        ({"plan": "other"}, "plan", "unknown"),
    ],
)
async def test_refusal_of_an_invalid_revision_names_the_field(
    desk: Desk, answers: dict[str, str], field: str, key: str
) -> None:
    with pytest.raises(InputsRefused) as refused:
        await desk.act(SHELL, "revise_tip", desk.tip, **answers)
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {field: key}
    assert len((await desk.stands())[1].entries) == 1


async def test_tip_withdrawn_before_its_start_counts_as_void(desk: Desk) -> None:
    reason = {"reason": "a player is injured"}
    effect = await desk.act.run.preview(SHELL, "withdraw_tip", str(desk.tip), reason)
    assert (effect.name if effect is not None else None) == "counts_void"
    assert (await desk.act(PROGRAM, "withdraw_tip", desk.tip, **reason)).name == "tip_withdrawn"
    pick, tip = await desk.stands()
    assert (pick.status, tip.withdrawn_in_time) == (PostStatus.WITHDRAWN, True)
    for name, answers in (("withdraw_tip", reason), ("revise_tip", {"odds": "1.5"})):
        with pytest.raises(NothingToDo):
            await desk.act(SHELL, name, desk.tip, **answers)
    async with desk.shop.units() as uow:
        lines = await uow.audit.of_subject(str(desk.tip), 9)
    assert [(line.action, line.reason) for line in lines if line.action == "tip.withdrawn"] == [
        ("tip.withdrawn", reason["reason"])
    ]


async def test_tip_withdrawn_after_its_start_still_counts_with_its_result(desk: Desk) -> None:
    desk.shop.clock.advance(timedelta(hours=3))
    effect = await desk.act.run.preview(SHELL, "withdraw_tip", str(desk.tip), {"reason": "a mistake"})
    assert (effect.name if effect is not None else None) == "counts_on"
    await desk.act(SHELL, "withdraw_tip", desk.tip, reason="a mistake")
    assert not (await desk.stands())[1].withdrawn_in_time


async def test_mistyped_odds_are_corrected_by_an_entry_that_says_so_and_the_figures_follow(desk: Desk) -> None:
    with pytest.raises(InputsRefused) as early:
        await desk.act(SHELL, "correct_odds", desk.tip, odds="2.5", reason="era +150")
    assert early.value.errors["odds"].key == "tip_odds_revise"
    desk.shop.clock.advance(timedelta(hours=4))
    await desk.act(SHELL, "settle_tip", desk.tip, result="won")

    effect = await desk.act.run.preview(SHELL, "correct_odds", str(desk.tip), {"odds": "+150", "reason": "era +150"})
    assert effect is not None
    assert [str(effect.facts[name]) for name in ("before", "after", "profit")] == ["1.85", "2.50", "4.5"]
    await desk.act(PROGRAM, "correct_odds", desk.tip, odds="+150", reason="era +150")

    pick, tip = await desk.stands()
    assert [each.kind for each in tip.entries] == [EntryKind.PUBLISHED, EntryKind.SETTLED, EntryKind.CORRECTED]
    assert tip.entries[0].facts()["odds"] == "1.85"
    assert (tip.entries[-1].facts()["odds"], tip.entries[-1].facts()["mistake"]) == ("2.5", "era +150")
    assert (str(tip.facts.odds), len(tip.corrections), tip.fault) == ("2.5", 1, None)
    assert tip.settlement is not None
    assert profit(tip.facts, tip.settlement) == Fraction("4.5")
    assert "Cuota 2,50" in pick.content.text
    assert "+4,5 u (resultado corregido)" in pick.content.text

    view = await ReadRecord(desk.shop.units, desk.shop.clock, HOME)(desk.plan)
    assert view is not None
    assert (view.figures.profit, [each.is_corrected for each in view.tips]) == (Fraction("4.5"), [True])
    [verification] = await VerifyRecord(desk.shop.units)(desk.plan)
    assert list(verification.faults) == []

    with pytest.raises(InputsRefused) as same:
        await desk.act(SHELL, "correct_odds", desk.tip, odds="2,5", reason="otra vez")
    assert same.value.errors["odds"].key == "tip_odds_same"
    with pytest.raises(InputsRefused) as high:
        await desk.act(SHELL, "correct_odds", desk.tip, odds="185", reason="otra vez")
    assert high.value.errors["confirmed_odds"].key == "tip_odds_high"
