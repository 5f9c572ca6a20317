"""PayPal tells when it bills next, never when a period began: periods are counted from there, by the calendar.

PayPal bills in batches, so `next_billing_time` is 10:00 UTC of a day whose charge comes some hours later, and right
after the start it may still name the start itself (PayPal-PHP-SDK#681, paypal-checkout-components#1336).
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from subscriptions.domain.entities.service_plan import Interval

Period: TypeAlias = tuple[datetime | None, datetime | None]
NO_PERIOD: Final[Period] = (None, None)

LONGEST: Final = {Interval.DAY: 365, Interval.WEEK: 52, Interval.MONTH: 12, Interval.YEAR: 1}
"""The most units a billing plan may have between two charges."""

OFFERED: Final = frozenset((unit, count) for unit, most in LONGEST.items() for count in range(1, most + 1))

_DAYS: Final = {Interval.DAY: 1, Interval.WEEK: 7}
_MONTHS: Final = {Interval.MONTH: 1, Interval.YEAR: 12}
_SLACK = timedelta(days=1)


@dataclass(frozen=True)
class Rhythm:
    """Every so many units. day: of the month on which it began, which a short month hides."""

    unit: Interval
    count: int
    day: int | None = None

    def step(self, moment: datetime, times: int) -> datetime:
        """So many periods later, or earlier."""
        if self.unit in _DAYS:
            return moment + timedelta(days=_DAYS[self.unit] * self.count * times)
        months = moment.year * 12 + moment.month - 1 + _MONTHS[self.unit] * self.count * times
        year, month = divmod(months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return moment.replace(year=year, month=month + 1, day=min(self._day_of(moment), last))

    def _day_of(self, moment: datetime) -> int:
        """The 31st where the 28th stands for it."""
        last = calendar.monthrange(moment.year, moment.month)[1]
        hidden = self.day is not None and self.day > moment.day == last
        return self.day if hidden and self.day is not None else moment.day


def period_at(moment: datetime, anchor: datetime, rhythm: Rhythm) -> tuple[datetime, datetime]:
    """The period a charge at `moment` pays for. anchor: a beginning of any of them, before or after.

    A charge may come a little before its period begins.
    """
    length = rhythm.step(anchor, 1) - anchor
    moment += min(_SLACK, length / 4)
    turns = (moment - anchor) // length
    while rhythm.step(anchor, turns) > moment:
        turns -= 1
    while rhythm.step(anchor, turns + 1) <= moment:
        turns += 1
    return rhythm.step(anchor, turns), rhythm.step(anchor, turns + 1)
