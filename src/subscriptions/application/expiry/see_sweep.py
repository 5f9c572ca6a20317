"""Who would be removed now, for whoever of staff may look."""

from collections.abc import Sequence

from subscriptions.application.expiry.preview_sweep import Preview, PreviewSweep
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.entities.sweep import Sweep, SweepStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class SeeSweep:
    """The preview, and the questions that wait for an owner."""

    def __init__(self, units: UnitOfWorkFactory, preview_sweep: PreviewSweep, staff_desk: StaffDesk) -> None:
        self._units = units
        self._preview_sweep = preview_sweep
        self._staff_desk = staff_desk

    @with_permission(StaffAction.SEE_SWEEP)
    async def __call__(self, _: TelegramId) -> tuple[Preview, Sequence[Sweep]]:
        """Asks the providers, changes nothing. Raises NotAllowed."""
        async with self._units() as uow:
            sweeps = await uow.sweeps.with_status(SweepStatus.ASKING)
        return await self._preview_sweep(), sweeps
