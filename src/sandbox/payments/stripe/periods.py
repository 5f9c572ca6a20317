"""Billing periods: months keep the day of the anchor, shortened where a month is too short."""

import calendar
from datetime import UTC, datetime, timedelta

from sandbox.payments.stripe.records import Price


def add_interval(anchor: int, price: Price, times: int) -> int:
    """``anchor`` plus so many intervals of a recurring price, in seconds since 1970."""
    count = price.interval_count * times
    match price.interval:
        case "day":
            return anchor + int(timedelta(days=count).total_seconds())
        case "week":
            return anchor + int(timedelta(weeks=count).total_seconds())
        case "month":
            return _add_months(anchor, count)
        case "year":
            return _add_months(anchor, 12 * count)
        case None:
            raise ValueError(f"{price.id} is paid once")


def period_after(start: int, anchor: int, price: Price) -> int:
    """The end of the period that begins at ``start``: the first multiple of the interval after it."""
    times = 1
    while (end := add_interval(anchor, price, times)) <= start:
        times += 1
    return end


def _add_months(anchor: int, months: int) -> int:
    begun = datetime.fromtimestamp(anchor, UTC)
    years, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return int(begun.replace(year=years, month=month + 1, day=min(begun.day, last)).timestamp())
