"""In-memory source of match results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from features.record.domain.event_result import EventResult, Goals
from subscriptions.domain.errors import Permanent


class MemoryResults:
    """In-memory ResultsSource."""

    name = "memory"

    def __init__(self) -> None:
        self.known: list[EventResult] = []
        self.refuses = False

    def played(
        self, event: str, starts_at: datetime, goals: Goals, half_time: Goals | None = None, competition: str = "LaLiga"
    ) -> None:
        """Set the result of a match such as `Betis – Sevilla`."""
        home, away = event.split(" – ")
        result = EventResult(
            competition=competition,
            home=[home],
            away=[away],
            starts_at=starts_at,
            goals=goals,
            half_time=half_time,
            evidence=f"{event} {goals[0]}–{goals[1]}",
        )
        self.known = [each for each in self.known if each.home != [home]] + [result]

    async def results(self, start: datetime, end: datetime) -> Sequence[EventResult]:
        if self.refuses:
            raise Permanent("Your API token is invalid.")
        return [each for each in self.known if start <= each.starts_at < end]
