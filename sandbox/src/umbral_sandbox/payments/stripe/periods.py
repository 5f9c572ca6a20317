"""Billing periods. Months keep the anchor's day; a shorter month uses its last day."""

import calendar
from datetime import UTC, datetime, timedelta

from umbral_sandbox.payments.stripe.records import Price


def add_interval(anchor: int, price: Price, times: int) -> int:
    """Return ``anchor`` plus this number of intervals of a recurring price, in seconds since 1970."""
    if price.interval is None:
        raise ValueError(f"{price.id} is paid once")
    return span_after(anchor, price.interval, price.interval_count * times)


def span_after(start: int, interval: str, count: int) -> int:
    """Return ``start`` plus this number of days, weeks, months or years, in seconds since 1970."""
    match interval:
        case "day":
            return start + int(timedelta(days=count).total_seconds())
        case "week":
            return start + int(timedelta(weeks=count).total_seconds())
        case "month":
            return _add_months(start, count)
        case "year":
            return _add_months(start, 12 * count)
        case _:
            raise ValueError(interval)


def period_after(start: int, anchor: int, price: Price) -> int:
    """Return the end of the period that starts at ``start``: the first multiple of the price's interval, counted from
    ``anchor``, that is later.
    """
    times = 1
    while (end := add_interval(anchor, price, times)) <= start:
        times += 1
    return end


def _add_months(anchor: int, months: int) -> int:
    begun = datetime.fromtimestamp(anchor, UTC)
    years, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return int(begun.replace(year=years, month=month + 1, day=min(begun.day, last)).timestamp())
