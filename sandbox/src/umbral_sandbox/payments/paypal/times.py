"""Times in PayPal's format, and PayPal's billing periods."""

import calendar
from datetime import UTC, datetime, timedelta

from umbral_sandbox.payments.paypal.records import Cycle

DAY = 24 * 60 * 60
HOUR = 60 * 60


def written(moment: int) -> str:
    """Format a time as ``2018-12-10T21:20:49Z``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> int:
    """Return the time in seconds; raise ValueError for a text that is not a time with a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return int(moment.timestamp())


def after(anchor: int, cycle: Cycle, times: int) -> int:
    """Return ``anchor`` plus this number of intervals. Months keep the anchor's day; a shorter month uses its
    last day.
    """
    count = cycle.count * times
    match cycle.unit:
        case "DAY":
            return anchor + int(timedelta(days=count).total_seconds())
        case "WEEK":
            return anchor + int(timedelta(weeks=count).total_seconds())
        case "MONTH":
            return _months(anchor, count)
        case "YEAR":
            return _months(anchor, 12 * count)


def _months(anchor: int, months: int) -> int:
    begun = datetime.fromtimestamp(anchor, UTC)
    years, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return int(begun.replace(year=years, month=month + 1, day=min(begun.day, last)).timestamp())
