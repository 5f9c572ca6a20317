"""Shared clock of sandbox and product: wall time plus the time advanced; the clock never goes back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from umbral_sandbox.world.store import Collection


class ClockRecord(BaseModel):
    """Persistent state of the clock: its offset from wall time, and the last time that the clock returned."""

    offset_s: float = 0.0


def steady_wall() -> Callable[[], float]:
    """Return a wall clock that ignores later changes of the machine's clock."""
    ahead = time.time() - time.monotonic()
    return lambda: time.monotonic() + ahead


class WorldClock:
    """Clock that runs at wall speed and that ``advance`` moves forward.

    wall: function that returns the wall time in seconds since 1970; with a constant ``wall``, only ``advance`` moves
    the clock.
    """

    def __init__(
        self, records: Collection[ClockRecord], start: datetime | None = None, wall: Callable[[], float] = time.time
    ) -> None:
        self._records = records
        self._wall = wall
        self._latest = 0.0
        stored = records.get("clock")
        if stored is None:
            ahead = start.timestamp() - wall() if start is not None else 0.0
            stored = records.put("clock", ClockRecord(offset_s=ahead))
        self._record = stored

    @property
    def offset(self) -> timedelta:
        """Return the offset of the clock from wall time."""
        return timedelta(seconds=self._record.offset_s)

    def now(self) -> datetime:
        """Return the time, aware and in UTC; the time is never earlier than a time returned before."""
        self._latest = max(self._latest, self._wall() + self._record.offset_s)
        return datetime.fromtimestamp(self._latest, UTC)

    def timestamp(self) -> int:
        """Return the time in whole seconds since 1970, as the wire formats need it."""
        return int(self.now().timestamp())

    def advance(self, delta: timedelta) -> datetime:
        """Advance the clock by ``delta`` and return the new time; raise ValueError for a negative ``delta``."""
        if delta < timedelta(0):
            raise ValueError("the clock only moves forward")
        self._record.offset_s += delta.total_seconds()
        self._records.put("clock", self._record)
        return self.now()

    def reset(self) -> None:
        """Reset the clock to the system time, as part of a reset of the sandbox."""
        self._latest = 0.0
        self._record = self._records.put("clock", ClockRecord())
