"""Planned actions in order of time. Actions at the same time run in the order in which they were planned."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tests.fakes.clock import ManualClock

Act = Callable[[], Awaitable[object]]


class Agenda:
    """Planned actions, in the order of virtual time."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Act]] = []
        self._numbers = itertools.count()

    def at(self, moment: datetime, act: Act) -> None:
        """Plan an action for a time. An action planned for the past runs next."""
        heapq.heappush(self._heap, (max(moment, self._clock.now()), next(self._numbers), act))

    def after(self, wait: timedelta, act: Act) -> None:
        """Plan an action after a wait."""
        self.at(self._clock.now() + wait, act)

    def now(self) -> datetime:
        """Return the current virtual time."""
        return self._clock.now()

    def wait(self, length: timedelta) -> None:
        """Advance the clock without any action."""
        self._clock.advance(length)

    def next_moment(self) -> datetime | None:
        """Return the time of the next planned action, or None."""
        return self._heap[0][0] if self._heap else None

    def take(self, now: datetime) -> Act | None:
        """Remove and return the next action that is due, or return None."""
        return heapq.heappop(self._heap)[2] if self._heap and self._heap[0][0] <= now else None
