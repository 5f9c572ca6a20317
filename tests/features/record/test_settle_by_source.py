"""Tips settled by a source of results, as by a staff command, but never contrary to another settlement."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from features.picks.domain import TipResult
from features.record.alarms import ResultsDiffer, ResultsRefused, is_decided
from features.record.permissions import SETTLE_TIP
from features.record.use_cases.settle_by_source import MATCH_LENGTH, SettleBySource
from features.record.use_cases.verify_record import VerifyRecord
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL, Source
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.shop import Shop
from tests.features.picks.tips import leg
from tests.features.record.results import MemoryResults
from tests.features.record.test_tips import Desk


class Watched(Desk):
    """Shop with tips that are settled by an in-memory source of match results."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        self.source = MemoryResults()
        self.settle = SettleBySource(shop.units, shop.clock, self.act.run, self.source)

    def end(self, *goals: int) -> None:
        """Advance the clock to the end of the match, with this score."""
        self.shop.clock.advance(self.facts.starts_at + MATCH_LENGTH + timedelta(minutes=1) - self.shop.clock.now())
        self.say(*goals)

    def say(self, *goals: int) -> None:
        """Make the source report this score from now on."""
        self.source.played(self.facts.event, self.facts.starts_at, (goals[0], goals[1]))

    async def settled(self) -> list[tuple[str, str, object]]:
        """Return kind, origin and result of each settlement."""
        return [
            (str(each.kind), each.origin, each.facts()["result"])
            for each in await self.entries()
            if "settled" in each.kind
        ]


@pytest.fixture
def desk(shop: Shop) -> Watched:
    return Watched(shop)


async def test_tip_with_a_known_result_is_settled_once_by_the_source(desk: Watched) -> None:
    await desk.publish()
    await desk.settle.ask()
    assert await desk.shop.jobs("core.ask_results") == [], "nothing can be over"
    desk.end(2, 1)
    await desk.settle.ask()
    assert len(await desk.shop.jobs("core.ask_results")) == 1
    await desk.settle()
    await desk.settle()
    assert await desk.settled() == [("settled", "source:memory", "won")]
    entry = (await desk.entries())[-1]
    assert entry.facts()["evidence"] == "Betis – Sevilla 2–1"
    async with desk.shop.units() as uow:
        pick = await uow.of(POSTS_KEY).by_key("k")
        assert pick is not None
        assert "🏁 Acertado" in pick.content.text
    assert await desk.shop.alarms() == []
    assert [each.faults for each in await VerifyRecord(desk.shop.units)()] == [[]]


async def test_tips_that_the_source_cannot_decide_stay_unsettled(desk: Watched) -> None:
    await desk.publish(market="Córners", selection="Más de 9,5")
    await desk.publish("other", event="Alcaraz – Sinner")
    await desk.publish("acca", odds=Decimal("2.25"), legs=(leg(0, "1.5"), leg(1, "1.5")))
    desk.end(2, 1)
    await desk.settle()
    assert await desk.settled() == []


async def test_result_that_contradicts_staff_raises_an_alarm(desk: Watched) -> None:
    await desk.publish()
    desk.end(2, 1)
    await desk.act(SHELL, "settle_tip", "k", result="lost")
    await desk.settle()
    await desk.settle()
    assert await desk.settled() == [("settled", "cli", "lost")], "nothing is overwritten"
    assert await desk.shop.alarms() == [ResultsDiffer.name]
    key, facts = f"{ResultsDiffer.name}:{(await desk.entries())[0].tip_id}:won", {"said": "won"}
    alarm = new_alarm(key, ResultsDiffer.name, facts, desk.shop.clock.now())
    async with desk.shop.units() as uow:
        assert not await is_decided(uow, alarm, desk.shop.clock.now())
    await desk.act(SHELL, "correct_tip", "k", result="won", reason="Era el otro partido")
    async with desk.shop.units() as uow:
        assert await is_decided(uow, alarm, desk.shop.clock.now())


async def test_source_result_equal_to_the_staff_result_raises_no_alarm(desk: Watched) -> None:
    await desk.publish()
    desk.end(2, 1)
    await desk.act(SHELL, "settle_tip", "k", result="won")
    await desk.settle()
    assert await desk.shop.alarms() == []


async def test_correction_by_staff_raises_no_alarm_until_the_source_changes_its_result(desk: Watched) -> None:
    await desk.publish()
    desk.end(2, 1)
    await desk.settle()
    await desk.act(SHELL, "correct_tip", "k", result="void", reason="La casa lo anuló")
    await desk.settle()
    assert await desk.shop.alarms() == []
    desk.say(1, 1)
    await desk.settle()
    assert await desk.shop.alarms() == [ResultsDiffer.name]
    assert [result for *_, result in await desk.settled()] == ["won", "void"]


async def test_rejected_key_raises_an_alarm_until_the_source_answers(desk: Watched) -> None:
    await desk.publish()
    desk.end(2, 1)
    desk.source.refuses = True
    await desk.settle()
    await desk.settle()
    assert await desk.shop.alarms() == [ResultsRefused.name]
    assert await desk.settled() == []
    desk.source.refuses = False
    await desk.settle()
    assert [result for *_, result in await desk.settled()] == [TipResult.WON]


async def test_source_may_only_settle_tips_and_shop_without_a_source_queues_no_job(desk: Watched) -> None:
    await desk.publish()
    desk.end(2, 1)
    with pytest.raises(NotAllowed):
        await desk.act(Source("memory", SETTLE_TIP), "correct_tip", "k", result="won", reason="x")
    nobody = SettleBySource(desk.shop.units, desk.shop.clock, desk.act.run, None)
    await nobody.ask()
    await nobody()
    assert (await desk.shop.jobs("core.ask_results"), await desk.settled()) == ([], [])
