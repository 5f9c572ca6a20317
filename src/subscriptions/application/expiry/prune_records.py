"""What was kept long enough is forgotten: a little at a time, by the periods the operator set."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(hours=1)
BATCH: Final = 1000
"""Rows in one transaction, so that nobody waits for it."""
BATCHES: Final = 20
"""Of one kind in one run; more wait for the next, which then comes at once."""


class PruneRecords:
    """Applies the periods. Only where the time is certain: what is forgotten nobody brings back."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, kept: Mapping[Record, timedelta]) -> None:
        """kept: how long each kind is kept once its work is done."""
        self._units = units
        self._clock = clock
        self._kept = kept
        self._next: datetime | None = None

    async def __call__(self) -> int:
        """How many rows were pruned; 0 while it is not time yet. Repeating it, or two at once, changes nothing."""
        now = self._clock.now()
        if self._next is not None and self._next - EVERY <= now < self._next:
            return 0
        pruned, more = 0, False
        for record, keep in self._kept.items():
            for _ in range(BATCHES):
                async with self._units() as uow:
                    count = await uow.personal_data.prune(record, now, keep, BATCH)
                    await uow.commit()
                pruned += count
                if count < BATCH:
                    break
            else:
                more = True
        self._next = now if more else now + EVERY
        if pruned:
            log.info("old records pruned", rows=pruned)
        return pruned
