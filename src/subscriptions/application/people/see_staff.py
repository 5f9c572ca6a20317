"""The operator's people, as an owner sees them."""

from collections.abc import Sequence

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class SeeStaff:
    """Everybody with a role."""

    def __init__(self, units: UnitOfWorkFactory, staff_desk: StaffDesk) -> None:
        self._units = units
        self._staff_desk = staff_desk

    @reads(StaffAction.MANAGE_STAFF)
    async def __call__(self, uow: UnitOfWork) -> Sequence[Customer]:
        """The first to arrive first. Raises NotAllowed."""
        return await uow.customers.staff()
