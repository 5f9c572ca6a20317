"""Lengths of the periods that we calculate ourselves, where no provider manages them."""

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
    """The calendar that months and years are counted by.

    zone: by whose clock a day begins: the shop's, or UTC for what a provider counts. starts: when the earlier periods
    of an unbroken run began. A period that began on the 31st makes the next ones end on the 31st again, although a
    shorter month between them hides that day.
    """

    zone: tzinfo = UTC
    starts: Sequence[datetime] = ()

    def length(self, start: datetime, interval: Interval, count: int) -> timedelta:
        """Return how long `count` intervals last that begin at `start`.

        Months and years end at the same time of day on the same day of the month, or on the last day of a month that
        is too short. Days and weeks have 24 hours a day.
        """
        if interval in _DAYS:
            return timedelta(days=_DAYS[interval] * count)
        local = start.astimezone(self.zone)
        months = local.year * 12 + local.month - 1 + _MONTHS[interval] * count
        year, month = divmod(months, 12)
        day = min(self._day_of(local), monthrange(year, month + 1)[1])
        # To UTC before anything is subtracted: within one zone Python subtracts the times that clocks on a wall show.
        return local.replace(year=year, month=month + 1, day=day).astimezone(UTC) - start.astimezone(UTC)

    def _day_of(self, local: datetime) -> int:
        """Return the day of the month on which the run began, where the last day of a shorter month stands for it."""
        if local.day < monthrange(local.year, local.month)[1]:
            return local.day
        return max([local.day, *(start.astimezone(self.zone).day for start in self.starts)])
