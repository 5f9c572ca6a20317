"""The probability that a leaked copy belongs to someone else, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.texts import texts_for
from features.marks import screens as leak
from features.marks.domain.leak_odds import Verdict
from features.marks.use_cases.trace_leak import LeakTrace, Suspect

AT = datetime(2026, 11, 20, 20, tzinfo=UTC)
ROUND = [(10.0**-n, f"1 entre {10**n:,}".replace(",", ".")) for n in range(13)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [*ROUND, (1 / 8765, "1 entre 8.000"), (0.3, "1 entre 3"), (1e-13, "menos de 1 entre 1.000.000.000.000")],
)
def test_stated_probability_of_a_wrong_identification_is_rounded_to_one_digit(wrong: float, said: str) -> None:
    suspect = Suspect(customer=None, plan="Retabet", pick="2026-11-20-2", sent_at=AT, wrong=wrong)
    shown = leak.trace_result(texts_for("es"), LeakTrace(verdict=Verdict.NAMED, suspects=[suspect], copies=412)).text

    assert f"{said}\n" in shown.replace("</blockquote>", "\n")
