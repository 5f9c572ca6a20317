"""Port for the current time."""

from datetime import datetime, timedelta
from typing import Final, Protocol

TOLERANCE: Final = timedelta(seconds=30)
"""Deviation up to which a clock counts as correct."""


class Clock(Protocol):
    """Business time: timezone-aware UTC that runs backwards only when a wrong time is corrected."""

    def now(self) -> datetime:
        """Return the current time as last known; cheap."""
        ...

    async def confirm(self) -> datetime:
        """Fetch the current time from the source again. Call it before refusing anything because of its time."""
        ...


class SettableClock(Clock, Protocol):
    """Clock that can be corrected with a known time."""

    def jump(self) -> timedelta | None:
        """Return the difference between the clock's reading and the time it keeps; negative if the reading is behind,
        zero within TOLERANCE.

        None: the clock is moved on purpose and must not be compared.
        """
        ...

    def set_right(self, moment: datetime) -> None:
        """Continue from this time, whatever the clock reads."""
        ...
