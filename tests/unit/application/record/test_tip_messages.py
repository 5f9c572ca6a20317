"""What tips are written by: the operator's own words, for all plans or for one, checked before they are said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.picks.picks import AcceptPick
from subscriptions.application.record.tip_messages import TipMessages
from subscriptions.application.record.tip_text import BUILT_IN, TipDraft, fill_in
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused, SubjectGone
from subscriptions.application.texts.list_texts import ListTexts, TextLayer
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.custom_text import TIP_MESSAGE
from tests.fakes.shop import Shop
from tests.unit.application.record.test_tips import CORE, Desk

OWN = "🎯 {event}: {selection}\nA {odds}{market}\n\n{note}"


@pytest.fixture
def desk(shop: Shop) -> Desk:
    desk = Desk(shop)
    desk.accept = AcceptPick(shop.units, shop.clock, shop.policy.zones.home, TipMessages(TEXTS))
    return desk


async def say(desk: Desk, text: str, about: str = f"es:{TIP_MESSAGE}") -> str:
    return (await desk.act(SHELL, "edit_text", about, text=text)).name


async def of_plan(desk: Desk, language: str = "es") -> str:
    return f"{language}:{TIP_MESSAGE}@{await desk.plan()}"


async def test_a_tip_is_written_by_its_plans_own_words_and_by_the_default_again(desk: Desk) -> None:
    default = (await desk.publish("before")).content
    assert await say(desk, OWN, await of_plan(desk)) == "edited"
    own = (await desk.publish("own", note="Sin bajas")).content
    assert own.text == "🎯 Betis – Sevilla: Más de 2,5\nA 1,85Goles\n\nSin bajas"
    assert own.in_language("en").text.startswith("📌 Betis"), "each language has its own"
    assert (await desk.act(SHELL, "restore_text", await of_plan(desk))).name == "restored"
    assert (await desk.publish("after")).content == default
    assert [line.action for line in desk.shop.memory.rows("audit_log") if "text" in line.action] == [
        "text.edit",
        "text.restore",
    ]


async def test_what_is_said_for_all_plans_is_a_plans_default(desk: Desk) -> None:
    await say(desk, "Todos: {event}")
    assert (await desk.publish("all")).content.text == "Todos: Betis – Sevilla"
    await say(desk, "Este: {event}", await of_plan(desk))
    assert (await desk.publish("one")).content.text == "Este: Betis – Sevilla"
    await desk.act(SHELL, "restore_text", await of_plan(desk))
    assert (await desk.publish("again")).content.text == "Todos: Betis – Sevilla"


async def test_the_same_tip_again_is_the_same_pick_however_tips_are_written_by_then(desk: Desk) -> None:
    first = await desk.publish()
    await say(desk, OWN)
    assert (await desk.publish()).id == first.id
    assert len(await desk.entries()) == 1


async def test_a_revision_is_written_by_the_words_of_its_moment_and_keeps_what_stood_above(desk: Desk) -> None:
    await desk.accept.tip("k", await desk.plan(), TipDraft(facts=desk.facts, text="¡Ojo!"), CORE)
    await say(desk, "Pronóstico: {event} a {odds}")
    await desk.act(SHELL, "revise_tip", "k", odds="1.95")
    async with desk.shop.units() as uow:
        pick = await uow.picks.by_key("k")
    assert pick is not None
    assert pick.content.text == "¡Ojo!\n\nPronóstico: Betis – Sevilla a 1,95"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{event} {nobody}", "text_fact"),
        ("{event", "text_braces"),
        ("<b>{event}</b>", "text_plain"),
        (" ", "text_empty"),
        ("x" * 4000, "text_long"),
    ],
)
async def test_what_cannot_be_said_is_refused_before_it_is(desk: Desk, text: str, key: str) -> None:
    for about in (f"es:{TIP_MESSAGE}", await of_plan(desk)):
        with pytest.raises(InputsRefused) as refused:
            await say(desk, text, about)
        assert refused.value.errors["text"].key == key


async def test_it_is_looked_at_before_it_is_said(desk: Desk) -> None:
    effect = await desk.act.run.preview(SHELL, "edit_text", await of_plan(desk), {"text": OWN})
    assert effect is not None
    assert effect.facts["text"] == "🎯 Betis – Sevilla: más de 2,5\nA 1,85Goles\n\n…"


async def test_no_other_text_is_of_a_plan_and_no_other_plan_has_one(desk: Desk) -> None:
    for about in (f"es:plans.welcome@{await desk.plan()}", f"es:{TIP_MESSAGE}@nobody"):
        with pytest.raises(SubjectGone):
            await say(desk, "Hola", about)


async def test_each_plan_has_its_own_among_the_texts_of_who_sells_tips(desk: Desk) -> None:
    soft_id = await desk.plan()
    await say(desk, OWN, await of_plan(desk))
    for sells_tips, expected_keys in ((True, [TIP_MESSAGE, f"{TIP_MESSAGE}@{soft_id}"]), (False, [TIP_MESSAGE])):
        texts = ListTexts(
            desk.shop.units, StaffDesk(desk.shop.units, desk.shop.clock), TEXTS, desk.shop.policy, sells_tips
        )
        views = [view for view in await texts.every("es") if view.id.key.startswith(TIP_MESSAGE)]
        assert [view.id.key for view in views] == expected_keys
        assert views[0].layer is TextLayer.BUILT_IN
    assert (views[-1].said, views[-1].default) == (BUILT_IN["es"], BUILT_IN["es"])


def test_what_a_tip_does_not_have_is_left_out(desk: Desk) -> None:
    values = dict.fromkeys(("a", "b", "c"), "")
    assert fill_in("1 {a}\n2 {b} (y {c})\n\n{a}\n\n3", values | {"b": "B"}) == "2 B\n\n3"
    assert fill_in("{a} · {b} · {c}\nfin", values | {"a": "A", "c": "C"}) == "A · C\nfin"
    assert fill_in("{{a}} {b}", values | {"b": "{c}"}) == "{a} {c}", "what is filled in is no text to fill in"


def test_all_facts_are_in_what_is_built_in(desk: Desk) -> None:
    facts = replace(
        desk.facts,
        sport="Fútbol",
        competition="LaLiga",
        line="(asiática)",
        bookmaker="Bet365",
        min_odds=Decimal("1.8"),
        author="Olga",
        note="Nota",
    )
    assert TipDraft(facts=facts).content(desk.shop.policy.zones.home).in_language("en").text == (
        "📌 Betis – Sevilla\n🏆 Fútbol · LaLiga\n🕘 Sun 01/03, 15:00 (Madrid)\n🎯 Goles · Más de 2,5 (asiática)\n"
        "📈 Odds 1.85 (at least 1.8) · Bet365\n💰 Stake 3 u\n✍️ Olga\n\nNota"
    )
