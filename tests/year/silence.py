"""A time in which no webhook arrives, whatever happens at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Silence:
    """From a moment on, before another. What happens meanwhile is told by no webhook, then or later."""

    start: datetime
    end: datetime

    @classmethod
    def amid(cls, start: datetime, days: int, silent: int) -> Silence:
        """So many silent days in the middle of so many."""
        begin = start + timedelta(days=(days - silent) // 2)
        return cls(begin, begin + timedelta(days=silent))

    def reigns(self, moment: datetime) -> bool:
        """Whether nothing arrives then."""
        return self.start <= moment < self.end
