"""Log of all events of the simulated year: a digest of the whole log, and the last lines about each customer for a
report.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from datetime import datetime
from pathlib import Path
from typing import IO

from tests.fakes.clock import ManualClock

KEPT = 25
"""Number of lines stored for each customer."""


class Journal:
    """Log of all events, one line each. file: file for all lines, to compare two runs."""

    def __init__(self, clock: ManualClock, file: Path | None = None) -> None:
        self._clock = clock
        self._hash = hashlib.sha256()
        self._last: dict[int, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._file: IO[str] | None = file.open("w") if file is not None else None
        self.counts: Counter[str] = Counter()
        self.recent: list[tuple[str, int | None]] | None = None
        """Kind and person of each event since the list was emptied."""

    def log(self, what: str, *facts: object, person: int | None = None) -> None:
        """Log an event. what: kind of the event, which is counted. person: the customer concerned."""
        line = " ".join([_stamp(self._clock.now()), what, *map(str, facts)])
        self.counts[what] += 1
        if self.recent is not None:
            self.recent.append((what, person))
        self._hash.update(f"{line}\n".encode())
        if self._file is not None:
            self._file.write(f"{line}\n")
        if person is not None:
            self._last[person].append(line)

    def last_of(self, person: int) -> list[str]:
        """Return the newest lines about a customer, oldest first."""
        return list(self._last[person])

    def digest(self) -> str:
        """Return the digest of everything logged so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Close the journal's file."""
        if self._file is not None:
            self._file.close()


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
