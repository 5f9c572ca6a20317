"""The one source of time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Business time: timezone-aware UTC that runs backwards only where a wrong time is set right."""

    def now(self) -> datetime:
        """The present moment as last known; cheap."""
        ...

    async def confirm(self) -> datetime:
        """The present moment asked once more at the source: to be called before refusing anything for its time."""
        ...
