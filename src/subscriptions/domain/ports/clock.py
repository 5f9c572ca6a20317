"""Port for the current time."""

from datetime import datetime, timedelta
from typing import Final, Protocol

TOLERANCE: Final = timedelta(seconds=30)
"""Maximum deviation with which a clock counts as correct."""


class Clock(Protocol):
    """Business time: timezone-aware UTC. It moves backwards only when a wrong time is corrected."""

    def now(self) -> datetime:
        """Return the current time without a request to the time source."""
        ...

    async def confirm(self) -> datetime:
        """Fetch the current time from the source again. Call this method before an action is refused because of the
        time.
        """
        ...


class SettableClock(Clock, Protocol):
    """Clock that can be corrected with a known time."""

    def jump(self) -> timedelta | None:
        """Return the difference between the system clock and the corrected time: negative if the system clock is
        behind, zero within TOLERANCE. Return None if the clock was set to another time on purpose and must not be
        compared.
        """
        ...

    def set_right(self, moment: datetime) -> None:
        """Continue from this time, regardless of the system clock."""
        ...
