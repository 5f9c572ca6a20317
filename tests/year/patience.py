"""How long something that should not be may be, before a promise is broken by it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.fakes.clock import ManualClock
from tests.year.promises import HOUR
from tests.year.weather import Weather


class Patience:
    """Remembers since when each thing has been so; a look at all of them begins and ends with `begin` and `end`."""

    def __init__(self, clock: ManualClock, weather: Weather, but: str | None = None) -> None:
        """but: whose storms count all the same."""
        self._clock = clock
        self._weather = weather
        self._but = but
        self._since: dict[tuple[str, object], datetime] = {}
        self._seen: set[tuple[str, object]] = set()

    def begin(self) -> None:
        """Nothing has been seen yet this time."""
        self._seen = set()

    def end(self) -> None:
        """What was not seen this time is over."""
        self._since = {what: since for what, since in self._since.items() if what in self._seen}

    def over(self, what: str, whom: object, length: timedelta = HOUR) -> bool:
        """It is so; whether it has been for longer than allowed, storms not counted."""
        self._seen.add((what, whom))
        return self._weather.calm(self._since.setdefault((what, whom), self._clock.now()), length, but=self._but)
