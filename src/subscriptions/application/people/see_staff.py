"""The operator's people, as an owner sees them."""

from collections.abc import Sequence

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class SeeStaff:
    """Everybody with a role."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk) -> None:
        self._units = units
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId) -> Sequence[Customer]:
        """The first to arrive first. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.MANAGE_STAFF)
            return await uow.customers.staff()
