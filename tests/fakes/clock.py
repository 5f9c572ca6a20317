"""A clock that moves when told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from subscriptions.infrastructure.clock import SystemClock


class ManualClock:
    """The Clock port; stands still until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens, once, while the moment is confirmed: a race, played in turn."""

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    async def confirm(self) -> datetime:
        """The same."""
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()
        return self._now

    def jump(self) -> None:
        """None: it is moved on purpose."""

    def set_right(self, moment: datetime) -> None:
        """Nothing: the test says what is right."""

    def advance(self, by: timedelta) -> datetime:
        """Move on."""
        self._now += by
        return self._now


class Machine:
    """A machine whose clock is set as a test likes, and whose count of seconds nobody can set."""

    def __init__(self) -> None:
        self.passed = 1000.0
        self.ahead = timedelta()

    def right(self) -> datetime:
        """What time it is."""
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def wall(self) -> datetime:
        """What its clock says."""
        return self.right() + self.ahead

    def steady(self) -> float:
        """Seconds since it was switched on."""
        return self.passed

    def clock(self) -> SystemClock:
        """Ours, on this machine."""
        return SystemClock(self.wall, self.steady)
