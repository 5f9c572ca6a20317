"""All that happened: a digest of everything, and the last lines of each customer for a report."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from datetime import datetime
from pathlib import Path
from typing import IO

from tests.fakes.clock import ManualClock

KEPT = 25
"""Lines kept of each customer."""


class Journal:
    """Takes lines of words. file: where all of them are written too, for comparing two runs."""

    def __init__(self, clock: ManualClock, file: Path | None = None) -> None:
        self._clock = clock
        self._hash = hashlib.sha256()
        self._last: dict[int, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._file: IO[str] | None = file.open("w") if file is not None else None
        self.counts: Counter[str] = Counter()
        self.recent: list[tuple[str, int | None]] | None = None
        """What happened, and to whom, since somebody put an empty list here."""

    def tell(self, what: str, *facts: object, person: int | None = None) -> None:
        """Something happened. what: its kind, counted. person: the customer it is about."""
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
        """The newest lines about a customer, the oldest of them first."""
        return list(self._last[person])

    def digest(self) -> str:
        """Of everything told so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Nothing more is told."""
        if self._file is not None:
            self._file.close()


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
