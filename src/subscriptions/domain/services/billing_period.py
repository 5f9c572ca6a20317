"""Lengths of billing periods, calculated from a number of days, weeks, months or years."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from subscriptions.domain.entities.service_plan import Interval

_DAYS: Final = {Interval.DAY: 1, Interval.WEEK: 7}
_MONTHS: Final = {Interval.MONTH: 1, Interval.YEAR: 12}


@dataclass(frozen=True)
class Calendar:
    """Calendar for counting months and years.

    zone: time zone in which days begin: the shop's, or UTC for periods counted by a provider
    starts: starts of the earlier periods of a gapless sequence. After a period that began on the 31st, later periods
        end on the 31st too, even if there is a shorter month between.
    """

    zone: tzinfo = UTC
    starts: Sequence[datetime] = ()

    def length(self, start: datetime, interval: Interval, count: int) -> timedelta:
        """Return the length of `count` intervals that begin at `start`.

        Months and years end at the same time on the same day of the month, or on the last day of a shorter month. Every
        day has 24 hours, also in weeks.
        """
        if interval in _DAYS:
            return timedelta(days=_DAYS[interval] * count)
        local = start.astimezone(self.zone)
        months = local.year * 12 + local.month - 1 + _MONTHS[interval] * count
        year, month = divmod(months, 12)
        day = min(self._day_of(local), monthrange(year, month + 1)[1])
        # Convert to UTC before subtracting: Python subtracts local times within one zone without regard to DST.
        return local.replace(year=year, month=month + 1, day=day).astimezone(UTC) - start.astimezone(UTC)

    def _day_of(self, local: datetime) -> int:
        """Return the day of the month on which the sequence began if `local` is the last day of a shorter month.
        Otherwise return the day of `local`.
        """
        if local.day < monthrange(local.year, local.month)[1]:
            return local.day
        return max([local.day, *(start.astimezone(self.zone).day for start in self.starts)])
