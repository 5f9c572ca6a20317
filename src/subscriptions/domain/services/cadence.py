"""Schedules of periodic work and their due times."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

WRONG_FUTURE: Final = timedelta(hours=1)
"""Time by which a recorded last run may be later than the current time; a later record was written while a clock was
wrong.
"""


@dataclass(frozen=True)
class Every:
    """Schedule of work that runs at a fixed interval. Work that has never run is due immediately."""

    length: timedelta

    def is_due(self, last_run: datetime | None, now: datetime) -> bool:
        """Return True if the work is due. A clock set back by more than the interval does not delay the work."""
        return last_run is None or abs(now - last_run) >= self.length

    def begins(self, last_run: datetime | None, now: datetime) -> bool:
        """Return False: with a fixed interval, the first run is never skipped."""
        return False


@dataclass(frozen=True)
class At:
    """Schedule of work that runs at a fixed time of day in the operator's time zone. `weekday`: restricts the work to
    one day of the week, with Monday as 0.

    After downtime, only the latest missed run is made up.
    """

    hour: time
    weekday: int | None = None

    def is_due(self, last_run: datetime | None, now: datetime) -> bool:
        """Return True if the work is due. Return False if no run is recorded (see `begins`). `now`: in the operator's
        time zone.
        """
        return last_run is not None and last_run < self._latest(now)

    def begins(self, last_run: datetime | None, now: datetime) -> bool:
        """Return True if `now` is to be recorded as the last run without running the work: at the first due time, when
        there is nothing to report yet, and if the recorded last run is in the future because a clock was wrong.
        """
        if last_run is None:
            return now.time() >= self.hour
        return last_run - now > WRONG_FUTURE

    def _latest(self, now: datetime) -> datetime:
        days = 1 if self.weekday is None else 7
        day = now.date() - timedelta(days=0 if self.weekday is None else (now.weekday() - self.weekday) % 7)
        if day == now.date() and now.time() < self.hour:
            day -= timedelta(days=days)
        return datetime.combine(day, self.hour, now.tzinfo)


@dataclass(frozen=True)
class WhenDue:
    """Schedule of work that is due as soon as the database contains due rows. `turns`: kinds of due rows to look for; a
    single query checks all kinds.
    """

    turns: frozenset[str]


Cadence = Every | At | WhenDue
