"""Repository of the time at which each scheduled task last ran."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

WorkKey = tuple[str, str]
"""Name of a scheduled task, and its subject: a provider's code, or empty."""


class ScheduleRepository(Protocol):
    """Repository of scheduled tasks' last runs, with one row for each task that has run at least once."""

    async def last_runs(self) -> Mapping[WorkKey, datetime]:
        """Return the time of each task's last run, by the business clock."""
        ...

    async def note(self, runs: Mapping[WorkKey, datetime]) -> None:
        """Save the time of the last run of these tasks."""
        ...
