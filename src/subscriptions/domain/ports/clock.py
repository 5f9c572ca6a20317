"""Port for the current time."""

from datetime import datetime, timedelta
from typing import Final, Protocol

TOLERANCE: Final = timedelta(seconds=30)
"""Maximum deviation from the correct time with which a clock is considered correct."""


class Clock(Protocol):
    """Port for the current time in UTC, timezone-aware. The time moves backwards only when a wrong
    time is corrected.
    """

    def now(self) -> datetime:
        """Return the current time without a request to the time source."""
        ...

    async def confirm(self) -> datetime:
        """Fetch the current time from the source again. Call this method before an action is refused because of the
        time.
        """
        ...


class SettableClock(Clock, Protocol):
    """Clock that can be corrected with a time known to be right."""

    def jump(self) -> timedelta | None:
        """Return the difference between the system clock and the corrected time: negative if the system clock is
        behind, zero within TOLERANCE. Return None if the clock was set to another time on purpose and must not be
        compared.
        """
        ...

    def set_right(self, moment: datetime) -> None:
        """Set the clock to the correct time, from which it continues regardless of changes of the system clock."""
        ...
