"""Check that promises of certain winnings in plan texts are found in every language, without false matches."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.screens.panel.catalog.offer import draft
from bot.texts import texts_for
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.plan_files import ComparePlans
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.services.promise_policy import promises_of
from subscriptions.infrastructure.text_files import verticals
from tests.fakes import samples
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff

TIPS = verticals()["tips"].promises


@pytest.mark.parametrize(
    ("words", "phrases"),
    [
        ("Una FIJA cada día", ["fija"]),
        ("Aciertos al 100 %", ["100%"]),
        ("Ganas  seguro", ["ganas seguro"]),
        ("dinero facil", ["dinero fácil"]),
        ("A sure bet, guaranteed", ["sure bet", "guaranteed"]),
        ("Fijamos la cuota; prefijas no", []),
        ("1100 % más de análisis", []),
        ("Todos los resultados, también los fallados", []),
    ],
)
@pytest.mark.parametrize("field", ["name", "description", "note"])
def test_forbidden_phrases_are_found_as_whole_words(words: str, phrases: list[str], field: str) -> None:
    assert promises_of(replace(samples.plan(), **{field: words}), TIPS) == phrases


def test_plan_texts_in_other_languages_are_checked_for_promises() -> None:
    plan = replace(samples.plan(), texts={"pt": {"description": "Aposta certa todos os dias"}})
    assert promises_of(plan, TIPS) == ["aposta certa"]


def test_shop_types_without_predictions_have_no_forbidden_phrases() -> None:
    assert not [code for code in ("courses", "community", "plain") if verticals()[code].promises]
    assert set(TIPS) & set(verticals()["signals"].promises)


async def test_plan_import_and_api_warn_about_promises_of_certain_winnings() -> None:
    shop = memory_shop()
    shop.policy = replace(shop.policy, promises=TIPS)
    act = Staff(shop)
    record = {"name": "Fijas", "price": "9.99", "currency": "EUR", "interval": "month", "description": "100 %"}
    file = json.dumps([record, {**record, "name": "Análisis", "description": "Con cabeza"}])
    effect = await act.run.preview(SHELL, "import_plans", "", {"file": file})
    assert effect is not None
    assert (effect.name, effect.facts["phrases"]) == ("listed_promising", "fijas: fijas, fijas: 100%")
    for language, warning in (
        ("es", "prometen ganancias seguras: fijas: fijas"),
        ("en", "promise guaranteed winnings: fijas: fijas"),
    ):
        assert warning in texts_for(language)("commands.import_plans.effect.listed_promising", **effect.facts)
    differences = await ComparePlans(shop.units, shop.clock, TIPS)(json.loads(file))
    assert [list(each.promises) for each in differences] == [["fijas", "100%"], []]
    outcome = await act(SHELL, "save_plan", "", record=json.dumps(record))
    assert outcome.facts["promises"] == "fijas, 100%"


async def test_forbidden_promise_is_reported_before_the_plan_is_saved() -> None:
    shop = memory_shop()
    browse = BrowsePlans(shop.units, shop.gateways, shop.clock, promises=TIPS)
    plan = replace(samples.plan(), description="Sin riesgo")
    view = await browse.preview(plan, {})
    assert view.promises == ["sin riesgo"]
    for language, warning in (
        ("es", "Promete ganancias seguras: «sin riesgo»"),
        ("en", "promises guaranteed winnings: “sin riesgo”"),
    ):
        t = texts_for(language)
        assert warning in draft(t, plan, [], [], "", payable=True, new=True, promises=view.promises)
        assert warning not in draft(t, plan, [], [], "", payable=True, new=True)
