"""Usual revenue of a weekday: the days on which its calculation is based, and its absence if there is
too little data.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.money import Money
from subscriptions.domain.services.spans import FEWEST_WEEKS, same_weekdays, usual_takings

MADRID = ZoneInfo("Europe/Madrid")


def test_weekday_periods_end_at_the_current_local_time_across_clock_changes() -> None:
    now = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    spans = same_weekdays(now, MADRID, 2)
    assert [(began.isoformat(), ended.isoformat()) for began, ended in spans] == [
        ("2026-10-19T00:00:00+02:00", "2026-10-19T09:30:00+02:00"),
        ("2026-10-26T00:00:00+01:00", "2026-10-26T09:30:00+01:00"),
    ]


@given(st.integers(0, 2**32).map(lambda each: datetime.fromtimestamp(each, UTC)), st.integers(1, 12))
def test_compared_periods_are_the_same_weekday_in_consecutive_weeks(now: datetime, weeks: int) -> None:
    local = now.astimezone(MADRID)
    spans = same_weekdays(now, MADRID, weeks)
    assert len(spans) == weeks
    assert {(local.date() - began.date()).days // 7 for began, _ in spans} == set(range(1, weeks + 1))
    assert all(began.weekday() == local.weekday() and began <= ended < local for began, ended in spans)


@pytest.mark.parametrize(
    ("days", "usual"),
    [
        ([], ()),
        ([{}, {}, {}], ()),
        ([{"EUR": 100}, {"EUR": 300}], ()),
        # Weeks before the first sale do not count as zero.
        ([{}, {}, {}, {"EUR": 500}, {"EUR": 100}, {"EUR": 300}], (Money(300, "EUR"),)),
        # A day without sales counts; a single large day changes nothing.
        ([{"EUR": 100}, {}, {"EUR": 90_000}, {"EUR": 200}, {"EUR": 300}], (Money(200, "EUR"),)),
        ([{"USD": 5, "EUR": 7}, {"EUR": 9}, {"EUR": 8}], (Money(8, "EUR"), Money(0, "USD"))),
    ],
)
def test_usual_revenue_is_the_median_since_the_first_sale(days: list[dict[str, int]], usual: tuple[Money, ...]) -> None:
    assert FEWEST_WEEKS == 3
    assert usual_takings(days) == usual
