"""Hours of the day in which what nobody waits for arrives without a sound."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Final

_WRITTEN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True)
class QuietHours:
    """From `begin` on and before `end`, mostly of the next day."""

    begin: time
    end: time

    @classmethod
    def read(cls, text: str) -> "QuietHours | None":
        """`23:00-08:00`; None where nothing is written. Raises ValueError for what is no two times."""
        if not text.strip():
            return None
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError("must be two times, like 23:00-08:00")
        hour, minute, last_hour, last_minute = map(int, match.groups())
        hours = cls(time(hour, minute), time(last_hour, last_minute))
        if hours.begin == hours.end:
            raise ValueError("must begin at another time than they end")
        return hours

    def cover(self, at: time) -> bool:
        """Whether a time of the day is among them."""
        if self.begin < self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end
