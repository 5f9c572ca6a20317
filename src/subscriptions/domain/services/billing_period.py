"""How long the periods are that we reckon ourselves, where no provider does."""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.service_plan import Interval

_DAYS: Final = {Interval.DAY: 1, Interval.WEEK: 7}
_MONTHS: Final = {Interval.MONTH: 1, Interval.YEAR: 12}


def length(start: datetime, interval: Interval, count: int) -> timedelta:
    """The time from `start` on that `count` intervals last: months and years by the calendar, as providers count them.

    From a day that a shorter month does not have, to that month's last.
    """
    if interval in _DAYS:
        return timedelta(days=_DAYS[interval] * count)
    months = start.year * 12 + start.month - 1 + _MONTHS[interval] * count
    year, month = divmod(months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day) - start
