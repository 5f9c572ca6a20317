"""Preview of a bulk expiry for staff with permission."""

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
    """Use case that returns the preview and the unanswered questions to the owners."""

    units: UnitOfWorkFactory
    preview_sweep: PreviewSweep
    staff_desk: StaffDesk

    @with_permission(StaffAction.SEE_SWEEP)
    async def __call__(self, _: TelegramId) -> tuple[Preview, Sequence[Sweep]]:
        """Return the preview and the unanswered questions. The preview polls providers and changes nothing. Raises
        NotAllowed.
        """
        async with self.units() as uow:
            sweeps = await uow.sweeps.with_status(SweepStatus.ASKING)
        return await self.preview_sweep(), sweeps
