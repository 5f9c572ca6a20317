"""Periods that Umbral calculates by the calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.services.billing_period import Calendar

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        ("2028-02-29T10:00", Interval.YEAR, 1, "2029-02-28T10:00"),
        ("2028-02-29T10:00", Interval.YEAR, 4, "2032-02-29T10:00"),
        ("2027-03-01T10:00", Interval.YEAR, 1, "2028-03-01T10:00"),
        ("2027-12-31T23:30", Interval.MONTH, 2, "2028-02-29T23:30"),
        ("2027-01-31T10:00", Interval.MONTH, 1, "2027-02-28T10:00"),
        # Madrid sets its clocks back in that night: it is still a month, with one repeated hour.
        ("2026-10-25T00:30", Interval.MONTH, 1, "2026-11-25T00:30"),
        ("2026-10-24T23:30", Interval.DAY, 1, "2026-10-25T23:30"),
        ("2027-03-27T23:30", Interval.WEEK, 1, "2027-04-03T23:30"),
    ],
)
def test_monthly_period_ends_on_the_same_calendar_day(start: str, interval: Interval, count: int, end: str) -> None:
    begins, ends = (datetime.fromisoformat(f"{each}+00:00") for each in (start, end))
    assert begins + Calendar().length(begins, interval, count) == ends


@given(MOMENTS, st.sampled_from([Interval.MONTH, Interval.YEAR]), st.integers(1, 24))
def test_monthly_period_never_extends_into_the_following_month(start: datetime, interval: Interval, count: int) -> None:
    end = start + Calendar().length(start, interval, count)
    months = count * (12 if interval is Interval.YEAR else 1)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)
    assert end.timetz() == start.timetz()


ZONES = [
    ZoneInfo(name) for name in ("Europe/Madrid", "America/Sao_Paulo", "Pacific/Auckland", "America/New_York", "UTC")
]


@given(MOMENTS, st.sampled_from(ZONES), st.integers(1, 30), st.sampled_from([1, 3]))
def test_consecutive_months_keep_the_start_day_of_the_first_month_despite_shorter_months(
    start: datetime, zone: ZoneInfo, turns: int, count: int
) -> None:
    """Shorter months in between change nothing: the result equals one purchase of all the months."""
    ends, first = [start], start.astimezone(zone)
    for turn in range(1, turns + 1):
        end = ends[-1] + Calendar(zone, ends[:-1]).length(ends[-1], Interval.MONTH, count)
        local, months = end.astimezone(zone), first.year * 12 + first.month - 1 + turn * count
        assert (local.year, local.month) == (months // 12, months % 12 + 1)
        assert local.day == min(first.day, monthrange(local.year, local.month)[1])
        ends.append(end)


@given(MOMENTS, st.sampled_from(ZONES))
def test_twelve_consecutive_months_are_a_year(start: datetime, zone: ZoneInfo) -> None:
    ends = [start]
    for _ in range(12):
        ends.append(ends[-1] + Calendar(zone, ends[:-1]).length(ends[-1], Interval.MONTH, 1))
    year = start + Calendar(zone).length(start, Interval.YEAR, 1)
    assert abs(ends[-1] - year) <= timedelta(hours=1), "the hour that clocks are put forward is none to end at"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2027-03-01T00:30", "2027-04-01T00:30"),
        ("2027-02-28T23:30", "2027-03-28T23:30"),
        ("2026-10-01T02:30", "2026-11-01T02:30"),
        ("2027-12-31T00:10", "2028-01-31T00:10"),
    ],
)
def test_month_is_calculated_in_the_shops_time_zone(start: str, end: str) -> None:
    madrid = ZoneInfo("Europe/Madrid")
    begins, ends = (datetime.fromisoformat(each).replace(tzinfo=madrid).astimezone(UTC) for each in (start, end))
    assert begins + Calendar(madrid).length(begins, Interval.MONTH, 1) == ends


def test_month_after_granted_days_ends_on_the_day_of_the_month_reached_by_those_days() -> None:
    """Granted days moved the end from 28 February to 3 March, so 31 January is no longer relevant."""
    january, march = (datetime(2027, month, day, tzinfo=UTC) for month, day in ((1, 31), (3, 3)))
    assert march + Calendar(UTC, [january]).length(march, Interval.MONTH, 1) == datetime(2027, 4, 3, tzinfo=UTC)
