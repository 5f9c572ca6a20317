"""Custom tip messages, for all plans or for one plan, validated before use."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from features.picks.use_cases.tip_messages import TipMessages, complete_text
from features.picks.use_cases.tip_text import BUILT_IN, TIP_MESSAGE, TipDraft, fill_in
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused, SubjectGone
from subscriptions.application.texts.list_texts import ListTexts, TextLayer
from subscriptions.application.texts.refresh_texts import RefreshTexts
from subscriptions.application.texts.text_rule import rule_of
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.custom_text import CustomText, TextId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes.shop import Shop
from tests.features.picks.tips import leg
from tests.features.record.records import accept_tips
from tests.features.record.test_tips import CORE, Desk

REST = "{start} · {market} · {odds}\n{legs}\n{stake} u"
"""Placeholders that every tip message needs besides the event and the selection."""
OWN = f"🎯 {{event}}: {{selection}}\n{REST}\n\n{{note}}"


@pytest.fixture
def desk(shop: Shop) -> Desk:
    desk = Desk(shop)
    desk.accept = accept_tips(shop.units, shop.clock, shop.policy.zones.home, TipMessages(TEXTS))
    return desk


async def say(desk: Desk, text: str, about: str = f"es:{TIP_MESSAGE}") -> str:
    return (await desk.act(SHELL, "edit_text", about, text=text)).name


async def of_plan(desk: Desk, language: str = "es") -> str:
    return f"{language}:{TIP_MESSAGE}@{await desk.plan()}"


async def test_tip_uses_the_text_of_its_plan_until_the_default_is_restored(desk: Desk) -> None:
    default = (await desk.publish("before")).content
    assert await say(desk, OWN, await of_plan(desk)) == "edited"
    own = (await desk.publish("own", note="Sin bajas")).content
    assert own.text == ("🎯 Betis – Sevilla: Más de 2,5\ndom 01/03, 15:00 (Madrid) · Goles · 1,85\n3 u\n\nSin bajas")
    assert own.in_language("en").text.startswith("📌 Betis"), "each language has its own"
    assert (await desk.act(SHELL, "restore_text", await of_plan(desk))).name == "restored"
    assert (await desk.publish("after")).content == default
    assert [line.action for line in desk.shop.memory.rows("audit_log") if "text" in line.action] == [
        "text.edit",
        "text.restore",
    ]


async def test_plan_without_its_own_tip_text_uses_the_text_for_all_plans(desk: Desk) -> None:
    async def first_line(key: str) -> str:
        return (await desk.publish(key)).content.text.split("\n")[0]

    await say(desk, f"Todos: {{event}} {{selection}}\n{REST}")
    assert await first_line("all") == "Todos: Betis – Sevilla Más de 2,5"
    await say(desk, f"Este: {{event}} {{selection}}\n{REST}", await of_plan(desk))
    assert await first_line("one") == "Este: Betis – Sevilla Más de 2,5"
    await desk.act(SHELL, "restore_text", await of_plan(desk))
    assert await first_line("again") == "Todos: Betis – Sevilla Más de 2,5"


async def test_plan_text_may_use_placeholders_that_the_text_for_all_plans_omits(desk: Desk) -> None:
    refresh = RefreshTexts(desk.shop.units, TEXTS)
    try:
        await say(desk, f"{{event}} {{selection}}\n{REST}")
        await refresh()
        assert await say(desk, OWN, await of_plan(desk)) == "edited"
    finally:
        TEXTS.say([])


@pytest.mark.parametrize("name", rule_of(TIP_MESSAGE).needs)
async def test_tip_text_without_a_required_placeholder_is_refused(desk: Desk, name: str) -> None:
    """The refusal names the field of the template and the missing fact. A template of an earlier version gets the fact
    appended.
    """
    without = OWN.replace(f"{{{name}}}", "")
    for about in (f"es:{TIP_MESSAGE}", await of_plan(desk)):
        with pytest.raises(InputsRefused) as refused:
            await say(desk, without, about)
        wrong = refused.value.errors["text"]
        assert (wrong.key, wrong.facts) == ("text_needs", {"names": f"{{{name}}}"})
    combined = {"selection": "Todas", "odds": Decimal("2.25"), "legs": (leg(1, "1.5"), leg(2, "1.5"))}
    whole = TipDraft(facts=replace(desk.facts, **combined))
    zone = desk.shop.policy.zones.home
    message = complete_text(TextId("es", f"{TIP_MESSAGE}@vip"), without)
    said = whole.content(zone, {"es": message}).text
    facts = ("Betis – Sevilla", "dom 01/03, 15:00", "Goles", "Todas", "2,25", "3 u", "1. Partido 1", "2. Partido 2")
    assert [fact for fact in facts if fact not in said] == []
    assert complete_text(TextId("es", TIP_MESSAGE), OWN) == OWN


async def test_missing_required_tip_details_are_appended_to_a_custom_text_of_an_earlier_version(desk: Desk) -> None:
    async with desk.shop.units() as uow:
        text = CustomText(language="es", key=TIP_MESSAGE, text="¡Vamos! {event}", changed_at=desk.shop.clock.now())
        await uow.texts.save(text)
        await uow.commit()
    assert (await desk.publish()).content.text == (
        "¡Vamos! Betis – Sevilla\n🕘 dom 01/03, 15:00 (Madrid)\n🎯 Goles · Más de 2,5\n📈 Cuota 1,85\n💰 Stake 3 u"
    )


async def test_tip_sent_again_after_a_text_change_creates_no_second_post(desk: Desk) -> None:
    first = await desk.publish()
    await say(desk, OWN)
    assert (await desk.publish()).id == first.id
    assert len(await desk.entries()) == 1


async def test_revision_uses_the_current_text_and_keeps_the_introduction(desk: Desk) -> None:
    await desk.accept.tip("k", await desk.plan(), TipDraft(facts=desk.facts, text="¡Ojo!"), CORE)
    await say(desk, f"Pronóstico: {{event}} a {{odds}}, {{selection}}\n{REST}")
    await desk.act(SHELL, "revise_tip", "k", odds="1.95")
    async with desk.shop.units() as uow:
        pick = await uow.of(POSTS_KEY).by_key("k")
    assert pick is not None
    assert pick.content.text.startswith("¡Ojo!\n\nPronóstico: Betis – Sevilla a 1,95, Más de 2,5\n")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("{event} {nobody}", "text_fact"),
        ("{event", "text_braces"),
        (f"<b>{OWN}</b>", "text_plain"),
        (" ", "text_empty"),
        ("x" * 4000 + OWN, "text_long"),
    ],
)
async def test_invalid_tip_text_is_refused_when_edited(desk: Desk, text: str, key: str) -> None:
    for about in (f"es:{TIP_MESSAGE}", await of_plan(desk)):
        with pytest.raises(InputsRefused) as refused:
            await say(desk, text, about)
        assert refused.value.errors["text"].key == key


async def test_text_is_previewed_with_an_example_tip(desk: Desk) -> None:
    effect = await desk.act.run.preview(SHELL, "edit_text", await of_plan(desk), {"text": OWN})
    assert effect is not None
    assert str(effect.facts["text"]).startswith("🎯 Betis – Sevilla: más de 2,5\n31/12, 21:00 · Goles · 1,85\n")


async def test_text_of_one_plan_is_refused_for_other_messages_and_for_an_unknown_plan(desk: Desk) -> None:
    for about in (f"es:plans.welcome@{await desk.plan()}", f"es:{TIP_MESSAGE}@nobody"):
        with pytest.raises(SubjectGone):
            await say(desk, "Hola", about)


async def test_plan_texts_are_listed_only_in_shops_with_tips(desk: Desk) -> None:
    soft_id = await desk.plan()
    await say(desk, OWN, await of_plan(desk))
    for vertical, expected_keys in (("tips", [TIP_MESSAGE, f"{TIP_MESSAGE}@{soft_id}"]), ("courses", [TIP_MESSAGE])):
        texts = ListTexts(
            desk.shop.units, StaffDesk(desk.shop.units, desk.shop.clock), TEXTS, desk.shop.policy, vertical
        )
        views = [view for view in await texts.every("es") if view.id.key.startswith(TIP_MESSAGE)]
        assert [view.id.key for view in views] == expected_keys
        assert views[0].layer is TextLayer.BUILT_IN
    assert (views[-1].text, views[-1].default) == (BUILT_IN["es"], BUILT_IN["es"])


def test_lines_and_separators_without_a_value_are_omitted_from_the_message(desk: Desk) -> None:
    values = dict.fromkeys(("a", "b", "c"), "")
    assert fill_in("1 {a}\n2 {b} (y {c})\n\n{a}\n\n3", values | {"b": "B"}) == "2 B\n\n3"
    assert fill_in("{a} · {b} · {c}\nfin", values | {"a": "A", "c": "C"}) == "A · C\nfin"
    assert fill_in("{{a}} {b}", values | {"b": "{c}"}) == "{a} {c}", "what is filled in is no text to fill in"


def test_built_in_tip_text_contains_every_detail_of_the_tip(desk: Desk) -> None:
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
        "📈 Odds 1.85 (at least 1.80) · Bet365\n💰 Stake 3 u\n✍️ Olga\n\nNota"
    )
