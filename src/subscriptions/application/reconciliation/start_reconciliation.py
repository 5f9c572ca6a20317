"""Somebody of staff wants all compared now."""

from subscriptions.application.dto import jobs
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class StartReconciliation:
    """Has the worker compare, which then tells the owners what it found."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId) -> None:
        """Pressing again before it began starts nothing second. Raises NotAllowed."""
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.RECONCILE)
            await uow.enqueue(jobs.Reconcile(key=str(new_uuid())).once("reconcile"))
            await self._staff_desk.note(
                uow, staff, StaffAction.RECONCILE, "all", "wanted in the panel", self._clock.now()
            )
            await uow.commit()
