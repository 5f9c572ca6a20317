"""What promises certainty in a plan's words is found in each of its languages, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.screens.panel.catalog.offer import draft
from bot.texts import texts_for
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.domain.services.promise_policy import promises_of
from subscriptions.infrastructure.text_files import verticals
from tests.fakes import samples
from tests.fakes.shop import memory_shop

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
@pytest.mark.parametrize("place", ["name", "description", "note"])
def test_phrases_are_found_as_words(words: str, phrases: list[str], place: str) -> None:
    assert promises_of(replace(samples.plan(), **{place: words}), TIPS) == phrases


def test_other_languages_are_read_too() -> None:
    plan = replace(samples.plan(), texts={"pt": {"description": "Aposta certa todos os dias"}})
    assert promises_of(plan, TIPS) == ["aposta certa"]


def test_who_sells_no_predictions_is_warned_of_nothing() -> None:
    assert not [code for code in ("courses", "community", "plain") if verticals()[code].promises]
    assert set(TIPS) & set(verticals()["signals"].promises)


async def test_it_is_named_before_the_plan_is_saved() -> None:
    shop = memory_shop()
    browse = BrowsePlans(shop.units, shop.gateways, shop.clock, promises=TIPS)
    plan = replace(samples.plan(), description="Sin riesgo")
    view = await browse.preview(plan, {})
    assert view.promises == ["sin riesgo"]
    for language, warning in (("es", "Promete certeza: «sin riesgo»"), ("en", "promises certainty: «sin riesgo»")):
        t = texts_for(language)
        assert warning in draft(t, plan, [], [], "", payable=True, new=True, promises=view.promises)
        assert warning not in draft(t, plan, [], [], "", payable=True, new=True)
