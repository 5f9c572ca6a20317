"""Calculation of a period's end, as by a payment provider."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta

from subscriptions.domain.entities.service_plan import Interval

DAYS = {Interval.DAY: 1, Interval.WEEK: 7}


def period_after(start: datetime, interval: Interval, count: int) -> datetime:
    """Return the end of a period that begins at `start`. In a shorter month the period ends on the last day."""
    if interval in DAYS:
        return start + timedelta(days=DAYS[interval] * count)
    months = start.year * 12 + start.month - 1 + (count if interval is Interval.MONTH else 12 * count)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))
