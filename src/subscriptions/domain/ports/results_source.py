"""Somebody outside who says how events ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.event_result import EventResult


class ResultsSource(Protocol):
    """One source of results. name: as the record and the owners name it."""

    @property
    def name(self) -> str:
        """Lower case, without blanks."""
        ...

    async def results(self, start: datetime, end: datetime) -> Sequence[EventResult]:
        """Events that started from `start` on and before `end` and are over. Raises RetryLater, and Permanent for a
        key that is refused."""
        ...
