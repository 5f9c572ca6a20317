"""What the operator's people note about a customer, and whom they bar from buying."""

from uuid import UUID

from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


class NoteCustomer:
    """A line about a customer, for the next who looks."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId, customer_id: CustomerId, text: str, operation: UUID) -> None:
        """operation: a repetition adds no second line. Raises NotAllowed."""
        now, mark = self._clock.now(), str(operation)
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, StaffAction.NOTE_CUSTOMER)
            known = await uow.audit.of_subject(str(customer_id), 20)
            if not any(line.facts.get("operation") == mark for line in known):
                await self._staff_desk.note(
                    uow, staff, StaffAction.NOTE_CUSTOMER, customer_id, text, now, operation=mark
                )
                await uow.commit()


class BarCustomer:
    """Who is barred buys nothing and uses no code; what they have goes on."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, staff_desk: StaffDesk) -> None:
        self._units = units
        self._clock = clock
        self._staff_desk = staff_desk

    async def __call__(self, actor: TelegramId, customer_id: CustomerId, why: str, *, barred: bool) -> Customer | None:
        """None: there is no such customer. Raises NotAllowed: an owner alone bars staff."""
        action, now = StaffAction.BLOCK_CUSTOMER if barred else StaffAction.UNBLOCK_CUSTOMER, self._clock.now()
        async with self._units() as uow:
            staff = await self._staff_desk.require(uow, actor, action)
            known = await uow.customers.get(customer_id)
            customer = await uow.customers.by_telegram_id(known.telegram_id, lock=True) if known else None
            if customer is not None and customer.staff_role is not None:
                await self._staff_desk.require(uow, actor, StaffAction.MANAGE_STAFF)
            if customer is not None and (customer.barred_at is not None) is not barred:
                customer.barred_at = now if barred else None
                await uow.customers.save(customer)
                await self._staff_desk.note(uow, staff, action, customer.id, why, now)
                await uow.commit()
        return customer
