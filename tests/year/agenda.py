"""What is going to happen, in the order of time; what falls on one moment happens in the order it was planned."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tests.fakes.clock import ManualClock

Act = Callable[[], Awaitable[object]]


class Agenda:
    """Planned acts by virtual time."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Act]] = []
        self._numbers = itertools.count()

    def at(self, moment: datetime, act: Act) -> None:
        """Plan an act; one that should have been before now comes next."""
        heapq.heappush(self._heap, (max(moment, self._clock.now()), next(self._numbers), act))

    def after(self, wait: timedelta, act: Act) -> None:
        """Plan an act for later."""
        self.at(self._clock.now() + wait, act)

    def now(self) -> datetime:
        """The present."""
        return self._clock.now()

    def wait(self, length: timedelta) -> None:
        """Time goes by, and nothing is done meanwhile."""
        self._clock.advance(length)

    def next_moment(self) -> datetime | None:
        """When something is planned next."""
        return self._heap[0][0] if self._heap else None

    def take(self, now: datetime) -> Act | None:
        """The next act that is due; None: nothing is."""
        return heapq.heappop(self._heap)[2] if self._heap and self._heap[0][0] <= now else None
