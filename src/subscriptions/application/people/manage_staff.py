"""Roles of the operator's people: seen, given and taken by an owner."""

from collections.abc import Sequence

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import GIVEN, StaffAction


class OwnerIsSet(UmbralError):
    """Owners are named in the settings: nobody makes or unmakes one in the chat."""


class ManageStaff:
    """Lists staff, gives a role, takes it away."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def all(self, actor: TelegramId) -> Sequence[Customer]:
        """Everybody with a role. Raises NotAllowed."""
        async with self._units() as uow:
            await self._staff_desk.require(uow, actor, StaffAction.MANAGE_STAFF)
            return await uow.customers.staff()

    async def set_role(
        self, actor: TelegramId, customer_id: CustomerId, role: StaffRole | None, why: str = "given in the panel"
    ) -> Customer | None:
        """role: None takes it away. None: there is no such customer. Repeating it changes nothing.

        Raises NotAllowed, and OwnerIsSet for an owner, or for making one.
        """
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.MANAGE_STAFF)
            known = await uow.customers.get(customer_id)
            customer = await uow.customers.by_telegram_id(known.telegram_id, lock=True) if known else None
            if customer is None:
                return None
            if customer.staff_role is StaffRole.OWNER or (role is not None and role not in GIVEN):
                raise OwnerIsSet(str(customer_id))
            if customer.staff_role is not role:
                before, customer.staff_role = customer.staff_role, role
                await uow.customers.save(customer)
                facts = {"from": str(before or "-"), "to": str(role or "-")}
                now = self._clock.now()
                await self._staff_desk.note(uow, staff, StaffAction.MANAGE_STAFF, customer.id, why, now, **facts)
                if role is None:
                    await uow.dialogues.end(customer.telegram_id)
                    await uow.console.end(customer.telegram_id)
                await uow.commit()
        return customer
