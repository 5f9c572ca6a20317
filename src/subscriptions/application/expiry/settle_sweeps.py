"""Scheduled completion of bulk expiries whose checks are done."""

from dataclasses import dataclass

from subscriptions.application.expiry.owner_questions import settle
from subscriptions.domain.entities.sweep import SweepStatus
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class SettleSweeps:
    """Use case that completes the bulk expiries for which every provider was checked."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(self) -> int:
        """Return the number of completed bulk expiries. Idempotent and safe to run concurrently."""
        async with self.units() as uow:
            open_sweeps = await uow.sweeps.with_status(SweepStatus.GATHERING)
        concluded_count = 0
        for known_sweep in open_sweeps:
            async with self.units() as uow:
                sweep = await uow.sweeps.get(known_sweep.id, lock=True)
                if sweep is None or sweep.status is not SweepStatus.GATHERING:
                    continue
                concluded_count += await settle(uow, sweep, self.clock.now())
                await uow.commit()
        return concluded_count
