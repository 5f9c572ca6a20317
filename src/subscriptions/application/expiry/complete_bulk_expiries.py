"""Scheduled completion of bulk expiries whose checks are done."""

from dataclasses import dataclass

from subscriptions.application.expiry.owner_questions import settle
from subscriptions.domain.entities.bulk_expiry import BulkExpiryStatus
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class CompleteBulkExpiries:
    """Use case that completes the bulk expiries whose checks at the providers are done."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> int:
        """Complete the bulk expiries that are ready. Return their number. Idempotent and safe to run concurrently."""
        async with self.units() as uow:
            open_bulk_expiries = await uow.bulk_expiries.with_status(BulkExpiryStatus.GATHERING)
        concluded_count = 0
        for known_bulk_expiry in open_bulk_expiries:
            async with self.units() as uow:
                bulk_expiry = await uow.bulk_expiries.get(known_bulk_expiry.id, lock=True)
                if bulk_expiry is None or bulk_expiry.status is not BulkExpiryStatus.GATHERING:
                    continue
                concluded_count += await settle(uow, bulk_expiry, self.clock.now())
                await uow.commit()
        return concluded_count
