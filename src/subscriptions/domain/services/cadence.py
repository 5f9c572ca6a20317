"""How often a piece of work is done by the clock, and whether it is due."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

WRONG_FUTURE: Final = timedelta(hours=1)
"""A last run that lies farther ahead was noted by a clock that was wrong."""


@dataclass(frozen=True)
class Every:
    """At this distance from the last run; at once where there was none."""

    length: timedelta

    def is_due(self, last_run: datetime | None, now: datetime) -> bool:
        """A clock that went back by more than the length does not hold the work up either."""
        return last_run is None or abs(now - last_run) >= self.length

    def begins(self, last_run: datetime | None, now: datetime) -> bool:
        """Never: the first run is a run."""
        return False


@dataclass(frozen=True)
class At:
    """At an hour of the operator's day. weekday: on that day of the week only, Monday being 0.

    After days without a worker only the last hour missed is made good.
    """

    hour: time
    weekday: int | None = None

    def is_due(self, last_run: datetime | None, now: datetime) -> bool:
        """now: in the operator's zone."""
        return last_run is not None and last_run < self._latest(now)

    def begins(self, last_run: datetime | None, now: datetime) -> bool:
        """Whether `now` is noted as the last run without one: on the first day there is nothing to look back on."""
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
    """As soon as the database holds something that is due. turns: of which kinds; one question asks for all of them."""

    turns: frozenset[str]


Cadence = Every | At | WhenDue
