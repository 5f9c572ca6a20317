"""Part of the simulated year in which no webhook arrives, whatever happens at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Silence:
    """Time span, end exclusive, whose events are never reported by a webhook."""

    start: datetime
    end: datetime

    @classmethod
    def amid(cls, start: datetime, days: int, silent: int) -> Silence:
        """Return a time span of the given number of days without webhooks, in the middle of a longer span."""
        begin = start + timedelta(days=(days - silent) // 2)
        return cls(begin, begin + timedelta(days=silent))

    def reigns(self, moment: datetime) -> bool:
        """Return True if the time is in the span."""
        return self.start <= moment < self.end
