"""Time spans for statistics in the operator's time zone, and sums over the spans."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from statistics import median_low
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers

WEEKS: Final = 8
FEWEST_WEEKS: Final = 3
"""Minimum number of weeks with data from which a usual value is calculated."""


def day_edges(now: datetime, zone: ZoneInfo, days: int) -> list[datetime]:
    """Return the starts of the last days, including today, and the end of today. Days may have 23 or 25 hours."""
    today = now.astimezone(zone).date()
    first_day = today - timedelta(days=days - 1)
    return [datetime.combine(first_day + timedelta(days=number), time(), zone) for number in range(days + 1)]


def total(days: Sequence[DayNumbers]) -> tuple[Money, ...]:
    """Return the total revenue of the days in each currency."""
    sums: dict[str, int] = {}
    for money in (item for each in days for item in each.revenue):
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))


def month_edges(now: datetime, zone: ZoneInfo, months: int) -> list[datetime]:
    """Return the starts of the last months, including this month, and the end of this month."""
    today = now.astimezone(zone).date()
    month_number = today.year * 12 + today.month - 1
    return [
        datetime(at // 12, at % 12 + 1, 1, tzinfo=zone) for at in range(month_number - months + 1, month_number + 2)
    ]


def same_weekdays(now: datetime, zone: ZoneInfo, weeks: int = WEEKS) -> list[tuple[datetime, datetime]]:
    """Return today's weekday in each of the last weeks, oldest first, as spans from midnight to the current time of
    day.
    """
    local = now.astimezone(zone)
    days = [local.date() - timedelta(weeks=weeks_back) for weeks_back in range(weeks, 0, -1)]
    return [(datetime.combine(day, time(), zone), datetime.combine(day, local.time(), zone)) for day in days]


def usual_takings(days: Sequence[Mapping[str, int]]) -> tuple[Money, ...]:
    """Return the median revenue of the days in each currency; empty if fewer than FEWEST_WEEKS days count.

    `days`: revenue of each day in minor units, keyed by currency, oldest day first. Days before the first revenue do
    not count, because nothing was on sale.
    """
    start = next((index for index, day in enumerate(days) if day), len(days))
    weeks = days[start:]
    if len(weeks) < FEWEST_WEEKS:
        return ()
    currencies = sorted({currency for day in weeks for currency in day})
    return tuple(Money(median_low([day.get(currency, 0) for day in weeks]), currency) for currency in currencies)
