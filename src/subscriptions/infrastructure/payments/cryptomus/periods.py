"""The three periods a recurring payment may have, and the time one charge pays for."""

import calendar
from datetime import datetime, timedelta, timezone
from typing import Final

from subscriptions.domain.entities.service_plan import Interval

OWN_ZONE: Final = timezone(timedelta(hours=3))
"""The provider's own time, in which it writes moments that name no zone."""

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
"""What a recurring payment can be charged by, as interval and count."""


def period_for(interval: Interval, count: int) -> str | None:
    """The provider's word for a plan's period; None where it has no such one."""
    return _PERIODS.get((interval, count))


def length_of(period: str | None) -> timedelta | None:
    """How long it is on the average; None for an unknown word."""
    if period == WEEKLY:
        return timedelta(days=7)
    months = _MONTHS.get(period or "")
    return _MONTH * months if months is not None else None


def end_of(period: str | None, start: datetime) -> datetime | None:
    """When the time that a charge at `start` pays for is over, by the provider's calendar; None for an unknown word."""
    if period == WEEKLY:
        return start + timedelta(days=7)
    months = _MONTHS.get(period or "")
    if months is None:
        return None
    local = start.astimezone(OWN_ZONE)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(start.tzinfo)
