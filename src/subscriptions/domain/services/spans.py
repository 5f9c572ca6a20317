"""The spans that figures are about, in the operator's days, and what comes together in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from statistics import median_low
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers

WEEKS: Final = 8
FEWEST_WEEKS: Final = 3
"""Of how many weeks something has to be known before it is called usual."""


def day_edges(now: datetime, zone: ZoneInfo, days: int) -> list[datetime]:
    """Where the last days begin, today's included, and where today ends; some have 23 or 25 hours."""
    today = now.astimezone(zone).date()
    first_day = today - timedelta(days=days - 1)
    return [datetime.combine(first_day + timedelta(days=number), time(), zone) for number in range(days + 1)]


def total(days: Sequence[DayNumbers]) -> tuple[Money, ...]:
    """What all days brought, by currency."""
    sums: dict[str, int] = {}
    for money in (item for each in days for item in each.revenue):
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))


def month_edges(now: datetime, zone: ZoneInfo, months: int) -> list[datetime]:
    """Where the last months begin, this one's included, and where this one ends."""
    today = now.astimezone(zone).date()
    month_number = today.year * 12 + today.month - 1
    return [
        datetime(at // 12, at % 12 + 1, 1, tzinfo=zone) for at in range(month_number - months + 1, month_number + 2)
    ]


def same_weekdays(now: datetime, zone: ZoneInfo, weeks: int = WEEKS) -> list[tuple[datetime, datetime]]:
    """Return the same weekday of the last weeks, the oldest first: each from its midnight to the hour it is now."""
    local = now.astimezone(zone)
    days = [local.date() - timedelta(weeks=weeks_back) for weeks_back in range(weeks, 0, -1)]
    return [(datetime.combine(day, time(), zone), datetime.combine(day, local.time(), zone)) for day in days]


def usual_takings(days: Sequence[Mapping[str, int]]) -> tuple[Money, ...]:
    """Return the median of what days took, by currency; none where fewer than FEWEST_WEEKS are known.

    days: minor units by currency, the oldest day first. Days before the first that took anything do not count: nothing
    was sold yet.
    """
    start = next((place for place, day in enumerate(days) if day), len(days))
    weeks = days[start:]
    if len(weeks) < FEWEST_WEEKS:
        return ()
    currencies = sorted({currency for day in weeks for currency in day})
    return tuple(Money(median_low([day.get(currency, 0) for day in weeks]), currency) for currency in currencies)
