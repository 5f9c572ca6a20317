"""Periods that we reckon ourselves: by the calendar, whatever the calendar has in store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.services import billing_period

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        ("2028-02-29T10:00", Interval.YEAR, 1, "2029-02-28T10:00"),
        ("2028-02-29T10:00", Interval.YEAR, 4, "2032-02-29T10:00"),
        ("2027-03-01T10:00", Interval.YEAR, 1, "2028-03-01T10:00"),
        ("2027-12-31T23:30", Interval.MONTH, 2, "2028-02-29T23:30"),
        ("2027-01-31T10:00", Interval.MONTH, 1, "2027-02-28T10:00"),
        # In Madrid the clock is put back in that night: it is a month all the same, an hour of it twice.
        ("2026-10-25T00:30", Interval.MONTH, 1, "2026-11-25T00:30"),
        ("2026-10-24T23:30", Interval.DAY, 1, "2026-10-25T23:30"),
        ("2027-03-27T23:30", Interval.WEEK, 1, "2027-04-03T23:30"),
    ],
)
def test_it_ends_on_the_day_of_the_calendar(start: str, interval: Interval, count: int, end: str) -> None:
    begins, ends = (datetime.fromisoformat(f"{each}+00:00") for each in (start, end))
    assert begins + billing_period.length(begins, interval, count) == ends


@given(MOMENTS, st.sampled_from([Interval.MONTH, Interval.YEAR]), st.integers(1, 24))
def test_it_never_reaches_into_the_month_after(start: datetime, interval: Interval, count: int) -> None:
    end = start + billing_period.length(start, interval, count)
    months = count * (12 if interval is Interval.YEAR else 1)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)
    assert end.timetz() == start.timetz()
