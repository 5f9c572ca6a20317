"""Check of the watermark settings by `umbral doctor`."""

from __future__ import annotations

import pytest

from subscriptions.bootstrap import doctor
from tests.support.stars import TOKEN


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"PICK_MARKS": "on"}, "PICK_MARK_KEY: is missing"),
        ({"PICK_MARKS": "yes"}, "PICK_MARKS: "),
        ({"PICK_MARK_KEY": "short"}, "PICK_MARK_KEY: "),
        ({"PICK_MARK_SYNONYMS": "gana"}, "PICK_MARK_SYNONYMS: at least two words"),
        ({"PICK_MARK_SYNONYMS": "gana|vence,supera|gana"}, "PICK_MARK_SYNONYMS: each word may appear only once"),
        (
            {"PICK_MARK_SYNONYMS": "más de 2|por encima de 2"},
            "PICK_MARK_SYNONYMS: each word may appear only once and contain",
        ),
        ({"PICK_MARKS": "on", "PICK_MARK_KEY": "x" * 16, "PICK_MARK_SYNONYMS": "más de|por encima de"}, None),
    ],
)
def test_doctor_checks_the_watermark_settings(given: dict[str, str], problem: str | None) -> None:
    asked = {"DATABASE_URL": "postgresql://a:b@localhost/c", "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN, **given}
    about_marks = [line for line in doctor.report(asked) if line.startswith("PICK_MARK")]

    assert [line.startswith(problem or "-") for line in about_marks] == ([True] if problem else [])
