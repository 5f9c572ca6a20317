"""Tips published by staff: parsed, previewed, and refused with the invalid field named."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from features.record.commands.publish_tip import PublishedPick
from features.record.domain.record import RecordEntry
from features.record.ports.records import RECORDS_KEY
from features.record.use_cases.tip_line import read_line
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.newsroom import Newsroom
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

LEGS = "Betis – Sevilla | más de 2,5 goles | 1,50\nReal – Barça | X2 | 1,5"


class Desk:
    """Staff member who enters tips for one plan."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.news, self.act = shop, Newsroom(shop), Staff(shop)

    async def answers(self, **changes: str | None) -> dict[str, Any]:
        """Return the answers for a tip on an event in two hours. An answer of None is left out."""
        self.plan = getattr(self, "plan", None) or await self.shop.plan()
        at = self.shop.clock.now() + timedelta(hours=2)
        usual = read_line(f"Betis – Sevilla | más de 2,5 goles | 1,85 | 3u | {at:%Y-%m-%d %H:%M}Z")
        return {
            name: value for name, value in ({**usual, "plan": self.plan.soft_id} | changes).items() if value is not None
        }

    async def publish(self, **changes: str | None) -> object:
        return await self.act(SHELL, "publish_tip", "", **await self.answers(**changes))

    async def entries(self) -> list[RecordEntry]:
        async with self.shop.units() as uow:
            return list(await uow.of(RECORDS_KEY).entries(self.plan.id))


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def test_tip_is_previewed_and_then_published_once(desk: Desk) -> None:
    answers, operation = await desk.answers(), uuid4()
    chat = await desk.news.channel(desk.plan)
    effect = await desk.act.run.preview(SHELL, "publish_tip", "", answers)
    assert effect is not None
    assert "Cuota 1,85" in str(effect.facts["text"])
    assert await desk.entries() == []
    outcomes = [await desk.act(SHELL, "publish_tip", "", operation, **answers) for _ in range(2)]
    await desk.news.work()
    [entry] = await desk.entries()
    assert [each.result for each in outcomes] == [PublishedPick(id=entry.tip_id)] * 2
    assert desk.news.sender.in_channel(chat) == [effect.facts["text"]]
    assert (entry.origin, entry.facts()["market"], entry.facts()["selection"]) == ("cli", "Goles", "Más de 2,5")


async def test_program_needs_the_posts_ability_to_publish_a_tip(desk: Desk) -> None:
    answers = await desk.answers()
    with pytest.raises(NotAllowed):
        await desk.act(Program("other", {Ability.CUSTOMERS}), "publish_tip", "", **answers)
    await desk.act(Program("core", {Ability.PICKS}), "publish_tip", "", **answers)
    assert [each.origin for each in await desk.entries()] == ["api:core"]


async def test_combined_tip_keeps_its_legs_and_custom_market(desk: Desk) -> None:
    await desk.publish(legs=LEGS, odds="2,25", market="otro: Doblete", note="Sin bajas\nEn casa")
    [entry] = await desk.entries()
    facts = entry.facts()
    assert (facts["market"], facts["note"]) == ("Doblete", "Sin bajas\nEn casa")
    assert [leg["market"] for leg in facts["legs"]] == ["Goles", "Doble oportunidad"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "odds"),
    [
        ("+150", "2.5"),
        ("-110", "1.909"),
        ("−200", "1.5"),
        ("+100", "2"),
        ("3/2", "2.5"),
        ("10/11", "1.909"),
        ("1,85", "1.85"),
        ("50", "50"),
        ("+4900", "50"),
    ],
)
async def test_odds_are_read_by_their_form(desk: Desk, written: str, odds: str) -> None:
    await desk.publish(odds=written)
    assert [each.facts()["odds"] for each in await desk.entries()] == [odds]


@pytest.mark.parametrize(
    ("field", "written"), [("odds", "1_9"), ("odds", "１８５"), ("odds", "1.85e1"), ("stake", "1_0")]
)
async def test_number_that_people_do_not_write_is_refused(desk: Desk, field: str, written: str) -> None:
    with pytest.raises(InputsRefused):
        await desk.publish(**{field: written})
    assert await desk.entries() == []


async def test_odds_above_the_bound_are_published_if_they_are_repeated(desk: Desk) -> None:
    await desk.publish(odds="185", confirmed_odds="185,0")
    assert [each.facts()["odds"] for each in await desk.entries()] == ["185"]


@pytest.mark.parametrize(
    ("field", "key", "changes"),
    [
        ("odds", "tip_odds_range", {"odds": "0,99"}),
        ("odds", "tip_odds_range", {"odds": "mucho"}),
        ("odds", "tip_odds_range", {"odds": "1,8555"}),
        *(("odds", "tip_odds_range", {"odds": each}) for each in ("+1,85", "-1,85", "+50", "-99", "+", "3/0", "150+")),
        *(("confirmed_odds", "tip_odds_high", {"odds": each}) for each in ("185", "150", "50,01", "+5000", "60/1")),
        ("confirmed_odds", "tip_odds_high", {"odds": "185", "confirmed_odds": "1,85"}),
        ("confirmed_odds", "tip_odds_high", {"odds": "100", "legs": "A – B | X2 | 10\nC – D | 1X | 10"}),
        ("odds", "tip_odds_product", {"odds": "2,5", "legs": LEGS}),
        ("stake", "tip_stake", {"stake": "101"}),
        ("stake", "tip_stake", {"stake": "0"}),
        ("stake", "missing", {"stake": None}),
        ("starts_at", "tip_starts", {"starts_at": "pronto"}),
        ("starts_at", "tip_starts_past", {"starts_at": "2020-01-01 21:00"}),
        ("starts_at", "tip_starts_far", {"starts_at": "2060-01-01 21:00"}),
        ("valid_until", "tip_valid_until", {"valid_until": "2050-01-01 21:00"}),
        ("market", "tip_market", {"market": "faltas"}),
        ("event", "tip_event", {"event": " "}),
        ("event", "tip_words", {"event": "x" * 201}),
        ("selection", "tip_selection", {"selection": " "}),
        ("min_odds", "tip_min_odds", {"min_odds": "1,9"}),
        ("plan", "not_offered", {"plan": "none"}),
        ("legs", "tip_leg_parts", {"legs": "Betis – Sevilla | 1,50"}),
        ("legs", "tip_leg_parts", {"legs": "[1]"}),
        ("legs", "tip_leg_market", {"legs": "Betis – Sevilla | faltas | 1,50"}),
        ("legs", "tip_legs_count", {"legs": "Betis – Sevilla | X2 | 1,85"}),
        ("legs", "tip_leg_contradicts", {"legs": "A – B | X2 | 1,5\nA – B | 1X | 1,5", "odds": "2,25"}),
        ("legs", "tip_leg_odds", {"legs": "A – B | X2 | 0,5\nC – D | 1X | 1,5", "odds": "1"}),
        ("text", "unknown", {"text": "?"}),
    ],
)
async def test_refusal_of_an_invalid_tip_names_the_field(
    desk: Desk, field: str, key: str, changes: dict[str, str]
) -> None:
    with pytest.raises(InputsRefused) as refused:
        await desk.publish(**changes)
    assert {name: wrong.key for name, wrong in refused.value.errors.items()} == {field: key}
    async with desk.shop.units() as uow:
        assert await uow.of(RECORDS_KEY).plans() == []
        assert list(await uow.of(POSTS_KEY).newest(1)) == []


async def test_leg_can_have_its_own_start(desk: Desk) -> None:
    at = desk.shop.clock.now() + timedelta(hours=5)
    await desk.publish(legs=f"A – B | X2 | 1,5 | {at:%Y-%m-%d %H:%M}Z\nC – D | 1X | 1,5", odds="2,25")
    [entry] = await desk.entries()
    starts = [leg.get("starts_at") for leg in entry.facts()["legs"]]  # type: ignore[attr-defined]
    assert [datetime.fromisoformat(each) if each else None for each in starts] == [
        at.replace(second=0, microsecond=0),
        None,
    ]
