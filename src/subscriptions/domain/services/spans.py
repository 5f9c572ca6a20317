"""The spans that figures are about, in the operator's days, and what comes together in them."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import DayNumbers


def day_edges(now: datetime, zone: ZoneInfo, days: int) -> list[datetime]:
    """Where the last days begin, today's included, and where today ends; some have 23 or 25 hours."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    return [datetime.combine(first + timedelta(days=number), time(), zone) for number in range(days + 1)]


def total(days: Sequence[DayNumbers]) -> tuple[Money, ...]:
    """What all days brought, by currency."""
    sums: dict[str, int] = {}
    for money in (item for each in days for item in each.earned):
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))


def month_edges(now: datetime, zone: ZoneInfo, months: int) -> list[datetime]:
    """Where the last months begin, this one's included, and where this one ends."""
    today = now.astimezone(zone).date()
    last = today.year * 12 + today.month - 1
    return [datetime(at // 12, at % 12 + 1, 1, tzinfo=zone) for at in range(last - months + 1, last + 2)]
