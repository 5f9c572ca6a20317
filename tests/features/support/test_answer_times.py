"""The usual time until an answer, as shown to customers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.support.domain.answer_times import usual_wait

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "usual"),
    [
        ([], None),
        ([1, 1, 1, 1], None),
        ([0.1, 0.2, 0.3, 0.5, 90], 1),
        ([0.1, 3, 3, 3, 90], 4),
        ([20, 20, 20, 25, 25], 48),
        ([200] * 5, None),
    ],
)
def test_shown_answer_time_covers_four_fifths_of_earlier_answers_rounded_up(
    hours: list[float], usual: int | None
) -> None:
    assert usual_wait([each * HOUR for each in hours]) == (usual * HOUR if usual is not None else None)
