"""A track record on the card of its plan and in the menu: only if it exists, and always with its caution."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from bot.commands import RECORD, menu, name_of
from bot.drawing import draw_record
from bot.screens.plans import plan_card
from bot.screens.record import drawn_figures, first_curve, picture_caption
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.record.read_record import RecordView
from subscriptions.application.views.amounts import percent
from subscriptions.domain.services.record_figures import Figures
from tests.fakes import samples
from tests.unit.bot.test_screens import PLAN

FIGURES = Figures(settled_count=312, yield_=Fraction("0.041"), start=datetime(2026, 3, 1, 12, tzinfo=UTC))


def record(figures: Figures) -> RecordView:
    return RecordView(plan=samples.plan(), figures=figures, breakdowns={}, tips=[], has_more=False, unsettled_count=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_card_shows_the_record_and_its_command(language: str) -> None:
    t = texts_for(language)
    text = plan_card(t, PLAN, record=record(FIGURES)).text
    assert "312" in text
    assert f"/{name_of(RECORD, language)}" in text
    assert ("+4.1" if language == "en" else "+4,1") in text
    assert t("record.care") in text


@pytest.mark.parametrize("view", [None, record(Figures()), record(replace(FIGURES, settled_count=0))])
def test_plan_card_without_a_settled_tip_shows_no_record(view: RecordView | None) -> None:
    t = texts_for("es")
    assert plan_card(t, PLAN, record=view) == plan_card(t, PLAN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_menu_has_the_record_command_only_with_a_record(language: str) -> None:
    t = texts_for(language)
    without, recorded = menu(t), menu(t, has_record=True)
    assert [each for each in recorded if each not in without] == [
        each for each in recorded if each.command == name_of(RECORD, language)
    ]
    assert len(recorded) == len(without) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_record_picture_has_its_figures_and_caution(language: str) -> None:
    t = texts_for(language)
    figures = replace(FIGURES, profit=Fraction("12.5"), hit_rate=Fraction(1, 2), curve=(Fraction(1), Fraction("12.5")))
    view = record(figures)
    assert draw_record(t, view, "Retador").startswith(b"\x89PNG")
    decimal = "." if language == "en" else ","
    assert [value for _, value in drawn_figures(t, view)] == [
        "312",
        f"+12{decimal}5 u",
        percent(f"+4{decimal}1", language),
        {"es": "50\N{NO-BREAK SPACE}%"}.get(language, "50%"),
    ]
    assert first_curve([record(FIGURES), view]) == view, "one result alone has no curve"
    assert "312" in picture_caption(t, view)
