"""Who would be removed now, for whoever of staff may look."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.expiry.preview_sweep import Preview, PreviewSweep
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.entities.sweep import Sweep, SweepStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class SeeSweep:
    """The preview, and the questions that wait for an owner."""

    units: UnitOfWorkFactory
    preview_sweep: PreviewSweep
    staff_desk: StaffDesk

    @with_permission(StaffAction.SEE_SWEEP)
    async def __call__(self, _: TelegramId) -> tuple[Preview, Sequence[Sweep]]:
        """Asks the providers, changes nothing. Raises NotAllowed."""
        async with self.units() as uow:
            sweeps = await uow.sweeps.with_status(SweepStatus.ASKING)
        return await self.preview_sweep(), sweeps
