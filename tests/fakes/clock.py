"""A clock that is advanced by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from subscriptions.infrastructure.clock import SystemClock


class ManualClock:
    """Clock port. The time changes only by `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """Function that runs once while the time is confirmed, to simulate a race."""

    def now(self) -> datetime:
        """Return the time that the test has set."""
        return self._now

    async def confirm(self) -> datetime:
        """Return the time that the test has set. If `meanwhile` is set, run it first, once."""
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()
        return self._now

    def jump(self) -> None:
        """Do nothing, because tests set the clock on purpose."""

    def set_right(self, moment: datetime) -> None:
        """Do nothing, because the test sets the correct time."""

    def advance(self, by: timedelta) -> datetime:
        """Advance the clock and return its time."""
        self._now += by
        return self._now


class Machine:
    """A machine with a clock that a test sets, and a monotonic clock that cannot be set."""

    def __init__(self) -> None:
        self.passed = 1000.0
        self.ahead = timedelta()

    def right(self) -> datetime:
        """Return the true time."""
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def wall(self) -> datetime:
        """Return the time of the machine's clock."""
        return self.right() + self.ahead

    def steady(self) -> float:
        """Return the seconds since the machine was started."""
        return self.passed

    def clock(self) -> SystemClock:
        """Return the product's system clock on this machine."""
        return SystemClock(self.wall, self.steady)
