"""When scheduled work was done last."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

WorkKey = tuple[str, str]
"""The name of a piece of work, and its subject: a provider's code, or nothing."""


class ScheduleRepository(Protocol):
    """One row for each piece of work that was done at least once."""

    async def last_runs(self) -> Mapping[WorkKey, datetime]:
        """The moment of each one's last run, by the business clock."""
        ...

    async def note(self, runs: Mapping[WorkKey, datetime]) -> None:
        """Replace the last run of each of these pieces of work."""
        ...
