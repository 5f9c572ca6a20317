"""Where alarms are kept after they were told."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.alarm import Alarm


class AlarmRepository(Protocol):
    """Every alarm ever raised, by its key."""

    async def add_if_new(self, alarm: Alarm) -> bool:
        """False: it was raised before."""
        ...

    async def get(self, alarm_id: UUID, *, lock: bool = False) -> Alarm | None: ...
    async def save(self, alarm: Alarm) -> None: ...
    async def open(self, limit: int) -> Sequence[Alarm]:
        """Those nobody settled, the newest first."""
        ...

    async def count_open(self) -> int: ...
