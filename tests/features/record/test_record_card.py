"""The track record on the card of its plan and in the menu: only if a record exists, and always with the betting
warning.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from bot.commands import menu, name_of
from bot.screens.plans import plan_card
from bot.texts import LANGUAGES, texts_for
from features.record.chat.drawing import draw_record
from features.record.domain.record_figures import Figures
from features.record.screens.record import drawn_figures, first_curve, picture_caption, summary
from features.record.use_cases.read_record import RecordView
from subscriptions.application.views.amounts import percent
from tests.fakes import samples
from tests.unit.bot.test_screens import PLAN

RECORD = "historial"
FIGURES = Figures(settled_count=312, yield_=Fraction("0.041"), start=datetime(2026, 3, 1, 12, tzinfo=UTC))


def record(figures: Figures) -> RecordView:
    return RecordView(plan=samples.plan(), figures=figures, breakdowns={}, tips=[], has_more=False, unsettled_count=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plan_card_shows_the_record_and_its_command(language: str) -> None:
    t = texts_for(language)
    text = plan_card(t, PLAN, lines=[summary(t, record(FIGURES)) or ""]).text
    assert "312" in text
    assert f"/{name_of(RECORD, language)}" in text
    assert ("+4.1" if language == "en" else "+4,1") in text
    assert t("record.care") in text


@pytest.mark.parametrize("view", [record(Figures()), record(replace(FIGURES, settled_count=0))])
def test_record_without_a_settled_tip_has_no_line_on_the_plan_card(view: RecordView) -> None:
    assert summary(texts_for("es"), view) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_menu_has_the_record_command_only_with_a_record(language: str) -> None:
    t = texts_for(language)
    without, recorded = menu(t), menu(t, late={RECORD})
    assert [each for each in recorded if each not in without] == [
        each for each in recorded if each.command == name_of(RECORD, language)
    ]
    assert len(recorded) == len(without) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_record_picture_has_its_figures_and_the_betting_warning(language: str) -> None:
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
