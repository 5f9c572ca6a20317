"""Dates: parsing of dates typed by staff, and display in the reader's notation."""

from __future__ import annotations

from datetime import date

import pytest

from bot.texts import texts_for
from subscriptions.application.catalog.drafts.plan_draft import answers_of
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS
from subscriptions.application.dto.typed_answers import Answer, Wrong, day
from subscriptions.application.views.plan_texts import date_of


@pytest.mark.parametrize("typed", ["30/6/2027", "30.06.2027", " 30-06-2027 ", "2027-06-30"])
def test_date_is_parsed_in_common_notations(typed: str) -> None:
    assert day(Answer(typed), {}) == "2027-06-30"


@pytest.mark.parametrize("typed", ["31/6/2027", "6/30/2027", "mañana", "30/6", "2027-6", "31/12/9999", "30/06/0027"])
def test_invalid_date_is_refused(typed: str) -> None:
    with pytest.raises(Wrong, match="day"):
        day(Answer(typed), {})


def test_empty_answer_means_no_date() -> None:
    assert day(Answer(""), {}) == ""


@pytest.mark.parametrize(("language", "shown"), [("es", "30 jun 2027"), ("en", "30 Jun 2027"), ("pt", "30 jun. 2027")])
def test_date_is_shown_in_the_notation_of_the_reader(language: str, shown: str) -> None:
    assert date_of(texts_for(language), date(2027, 6, 30)) == shown


def test_plan_draft_saved_by_an_earlier_version_is_read_with_no_last_day() -> None:
    before = {name: "" for name in ("name", *FIELD_QUESTIONS) if name != "ends_on"}
    record = before | {"price": "49.00", "currency": "EUR", "days": 30, "texts": {}}
    assert answers_of(record)["ends_on"] == ""
