"""A clock that moves when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """The Clock port; stands still until `advance`."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    async def confirm(self) -> datetime:
        """The same."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on."""
        self._now += by
        return self._now
