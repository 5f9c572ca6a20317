"""Lengths of time on the command line."""

from datetime import timedelta

import pytest

from umbral.terminal.operating import duration


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(days=30), "30 days"),
        (timedelta(days=1, hours=6, seconds=7), "1 day 6 h"),
        (timedelta(days=793, seconds=1.9), "793 days 1 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=1, seconds=2), "1 h 2 s"),
        (-timedelta(days=3), "-3 days"),
        (timedelta(), "0 s"),
    ],
)
def test_duration_is_shown_by_its_two_largest_units(length: timedelta, shown: str) -> None:
    assert duration(length) == shown
