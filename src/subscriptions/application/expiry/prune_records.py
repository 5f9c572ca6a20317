"""What was kept long enough is forgotten: a little at a time, by the periods the operator set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

BATCH: Final = 1000
"""Rows in one transaction, so that nobody waits for it."""
BATCHES: Final = 20
"""Of one kind in one run; more wait for the next."""


@dataclass(frozen=True)
class PruneRecords:
    """Applies the periods. Only where the time is certain: what is forgotten nobody brings back.

    retention: how long each kind is kept once its work is done.
    """

    units: UnitOfWorkFactory
    clock: Clock
    retention: Mapping[Record, timedelta]

    async def __call__(self) -> int:
        """How many rows were pruned. Repeating it, or two at once, changes nothing."""
        now = self.clock.now()
        row_count = 0
        for record, keep in self.retention.items():
            for _ in range(BATCHES):
                async with self.units() as uow:
                    count = await uow.personal_data.prune(record, now, keep, BATCH)
                    await uow.commit()
                row_count += count
                if count < BATCH:
                    break
        if row_count:
            log.info("old records pruned", rows=row_count)
        return row_count
