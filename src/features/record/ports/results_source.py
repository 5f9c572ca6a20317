"""Port for sources of sports results."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from features.record.domain.event_result import EventResult


class ResultsSource(Protocol):
    """Port for a source of the results of sports events."""

    @property
    def name(self) -> str:
        """Return the source's name, as stored in the tip record and shown to owners: lower case, without spaces."""
        ...

    async def results(self, start: datetime, end: datetime) -> Sequence[EventResult]:
        """Return the events that started from `start` until before `end` and are over. Raises RetryLater if the source
        cannot be reached, and Permanent if the source refuses the API key.
        """
        ...
