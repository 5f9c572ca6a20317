"""Port for sources of event results."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from features.record.domain.event_result import EventResult


class ResultsSource(Protocol):
    """Port for a source of results."""

    @property
    def name(self) -> str:
        """Return the name used in the record and shown to owners: lower case, without spaces."""
        ...

    async def results(self, start: datetime, end: datetime) -> Sequence[EventResult]:
        """Return the events that started from `start` until before `end` and are over. Raises RetryLater, and Permanent
        if the key is refused.
        """
        ...
