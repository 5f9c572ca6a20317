"""The one clock of sandbox and product: wall time plus what was advanced, forward only."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from umbral_sandbox.world.store import Collection


class ClockRecord(BaseModel):
    """What of the clock outlives the process: how far it is ahead of wall time, and when it last spoke."""

    offset_s: float = 0.0


def steady_wall() -> Callable[[], float]:
    """Wall time as it was once, counted on: nobody who sets this machine's clock moves the world."""
    ahead = time.time() - time.monotonic()
    return lambda: time.monotonic() + ahead


class WorldClock:
    """Runs at wall speed; ``advance`` moves it on. ``wall`` tells the wall time in seconds since 1970: one that stands
    still makes a clock that only ``advance`` moves.
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
        """How far the clock is ahead of wall time."""
        return timedelta(seconds=self._record.offset_s)

    def now(self) -> datetime:
        """The time, aware and in UTC; never earlier than it was told before."""
        self._latest = max(self._latest, self._wall() + self._record.offset_s)
        return datetime.fromtimestamp(self._latest, UTC)

    def timestamp(self) -> int:
        """The time in whole seconds since 1970, as the wire formats want it."""
        return int(self.now().timestamp())

    def advance(self, delta: timedelta) -> datetime:
        """Move forward by ``delta`` and return the new time; a negative ``delta`` is a ValueError."""
        if delta < timedelta(0):
            raise ValueError("the clock only moves forward")
        self._record.offset_s += delta.total_seconds()
        self._records.put("clock", self._record)
        return self.now()

    def reset(self) -> None:
        """Back to wall time, for an emptied world."""
        self._latest = 0.0
        self._record = self._records.put("clock", ClockRecord())
