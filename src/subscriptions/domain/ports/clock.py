"""The one source of time."""

from datetime import datetime, timedelta
from typing import Final, Protocol

TOLERANCE: Final = timedelta(seconds=30)
"""What a clock may be off without being taken for one that jumped."""


class Clock(Protocol):
    """Business time: timezone-aware UTC that runs backwards only where a wrong time is set right."""

    def now(self) -> datetime:
        """The present moment as last known; cheap."""
        ...

    async def confirm(self) -> datetime:
        """The present moment asked once more at the source: to be called before refusing anything for its time."""
        ...


class SettableClock(Clock, Protocol):
    """A clock that somebody who knows the time may correct."""

    def jump(self) -> timedelta | None:
        """How far what it reads is ahead of the time it keeps (negative: behind), nothing within TOLERANCE.

        None: it is moved on purpose, and is to be compared with nothing.
        """
        ...

    def set_right(self, moment: datetime) -> None:
        """Go on from here, whatever it reads."""
        ...
