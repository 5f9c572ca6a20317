"""Deletion of records whose retention period, set by the operator, is over, in small batches."""

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
"""Number of rows per transaction, small enough that no other process waits long."""
BATCHES: Final = 20
"""Maximum number of batches per kind of record and run; the rest is deleted in the next run."""


@dataclass(frozen=True)
class PruneRecords:
    """Use case that deletes records after their retention periods. Run it only while the current time is certain,
    because a deletion can't be undone.

    `retention`: retention period of each kind of record, counted from the record's completion
    """

    units: UnitOfWorkFactory
    clock: Clock
    retention: Mapping[Record, timedelta]

    async def __call__(self) -> int:
        """Delete the old records, and return the number of deleted rows. Idempotent and safe to run concurrently."""
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
