"""Periods of recurring payments, and the end of the time that a charge pays for."""

import calendar
from datetime import datetime, timedelta, timezone
from typing import Final

from subscriptions.domain.entities.service_plan import Interval

OWN_ZONE: Final = timezone(timedelta(hours=3))
"""The provider's time zone, which applies to timestamps without a zone."""

WEEKLY: Final = "weekly"
_MONTHS: Final = {"monthly": 1, "three_month": 3}
_MONTH: Final = timedelta(days=365.25) / 12
_PERIODS: Final = {
    (Interval.DAY, 7): WEEKLY,
    (Interval.WEEK, 1): WEEKLY,
    (Interval.MONTH, 1): "monthly",
    (Interval.MONTH, 3): "three_month",
}
PERIODS: Final = frozenset(_PERIODS)
"""Supported periods of recurring payments, as pairs of interval and count."""


def period_for(interval: Interval, count: int) -> str | None:
    """Return the provider's name of a plan's period, or None if the provider does not support that period."""
    return _PERIODS.get((interval, count))


def length_of(period: str | None) -> timedelta | None:
    """Return the average length of a period, or None for an unknown name."""
    if period == WEEKLY:
        return timedelta(days=7)
    months = _MONTHS.get(period or "")
    return _MONTH * months if months is not None else None


def end_of(period: str | None, start: datetime) -> datetime | None:
    """Return the end of the period that a charge at `start` pays for, by the provider's calendar, or None for an
    unknown name.
    """
    if period == WEEKLY:
        return start + timedelta(days=7)
    months = _MONTHS.get(period or "")
    if months is None:
        return None
    local = start.astimezone(OWN_ZONE)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(start.tzinfo)
