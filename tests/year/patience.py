"""Time for which a wrong state is tolerated before it violates a guarantee."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.fakes.clock import ManualClock
from tests.year.promises import HOUR
from tests.year.weather import Weather


class Patience:
    """Record of when each wrong state began. Each check of all states begins with `begin` and ends with `end`."""

    def __init__(self, clock: ManualClock, weather: Weather, but: str | None = None) -> None:
        """Create an empty record.

        but: service whose outages are not deducted from the duration of a wrong state.
        """
        self._clock = clock
        self._weather = weather
        self._but = but
        self._since: dict[tuple[str, object], datetime] = {}
        self._seen: set[tuple[str, object]] = set()

    def begin(self) -> None:
        """Begin a check of all states."""
        self._seen = set()

    def end(self) -> None:
        """Discard the states that were not seen in this check."""
        self._since = {what: since for what, since in self._since.items() if what in self._seen}

    def over(self, what: str, whom: object, length: timedelta = HOUR) -> bool:
        """Record a wrong state. Return True if the state has lasted longer than allowed, not counting outages."""
        self._seen.add((what, whom))
        return self._weather.calm(self._since.setdefault((what, whom), self._clock.now()), length, but=self._but)
