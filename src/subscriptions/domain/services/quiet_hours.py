"""Quiet hours, in which messages that can wait are delivered without a sound."""

import re
from dataclasses import dataclass
from datetime import time
from typing import Final

from subscriptions.domain.entities.spoken import phrase

_PATTERN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_TWO_TIMES: Final = phrase("must be two times, like 23:00-08:00", "tienen que ser dos horas, como 23:00-08:00")
_NO_TIME: Final = phrase("must begin at another time than they end", "no pueden empezar y acabar a la misma hora")


@dataclass(frozen=True)
class QuietHours:
    """Quiet hours from `begin` until before `end`, usually of the next day."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours | None":
        """Parse `23:00-08:00`. Return None for an empty text. Raise ValueError for an invalid text."""
        if not text.strip():
            return None
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError(_TWO_TIMES)
        hour, minute, last_hour, last_minute = map(int, match.groups())
        try:
            hours = cls(time(hour, minute), time(last_hour, last_minute))
        except ValueError as error:
            raise ValueError(_TWO_TIMES) from error
        if hours.begin == hours.end:
            raise ValueError(_NO_TIME)
        return hours

    def cover(self, at: time) -> bool:
        """Return True if the time of day is within the quiet hours."""
        if self.begin < self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end
