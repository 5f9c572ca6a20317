"""A shop that accepts bank transfers, with staff who confirm the payments."""

from __future__ import annotations

from uuid import UUID

from subscriptions.application.payments.awaited_payments import AwaitedPayment, AwaitedPayments, SeeAwaitedPayments
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import InboxId, OrderId, TelegramId
from tests.fakes.counter import HandCounter
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

OLGA, MARTA, PEDRO = TelegramId(7), TelegramId(8), TelegramId(9)
STAFF = {OLGA: StaffRole.OWNER, MARTA: StaffRole.MANAGER, PEDRO: StaffRole.SUPPORT}


class Bank:
    """A shop with a bank transfer method, its staff, and a customer, Ana, with an open checkout of a plan."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.gateway = HandCounter(shop.clock)
        shop.gateways.gateways["bank"] = self.gateway
        self.staff = Staff(shop)
        self.see = SeeAwaitedPayments(shop.units, self.staff.desk, AwaitedPayments(shop.clock, shop.gateways))
        self.ana: Customer
        self.plan: ServicePlan

    async def open(self) -> Bank:
        """Create the staff and open Ana's checkout."""
        for number, role in STAFF.items():
            await self.shop.customer(telegram_id=number, staff_role=role)
        self.plan = await self.shop.plan()
        self.ana = await self.asked()
        return self

    async def asked(self, method: str = "bank") -> Customer:
        """Create a customer, open a checkout of the plan for them, and return the customer."""
        person = await self.shop.customer()
        await self.shop.start(person.telegram_id, self.plan.soft_id, method)
        return person

    async def waiting(self) -> list[AwaitedPayment]:
        """Return the payments awaiting confirmation, as the owner sees them."""
        return list(await self.see.list_waiting(OLGA, limit=10))

    async def confirm(self, who: TelegramId, item: AwaitedPayment) -> str:
        """Confirm a payment as a staff member and return the result's name. Raises the error of a refused staff
        command.
        """
        return (await self.staff(who, "confirm_payment", item.id)).name

    async def refuse(self, who: TelegramId, item: AwaitedPayment) -> str:
        """Refuse a payment as a staff member and return the result's name."""
        return (await self.staff(who, "refuse_payment", item.id)).name

    async def work(self) -> list[str | None]:
        """Apply all events in the inbox and return each event's stored note; None for an event without a note."""
        notes = []
        for job in await self.shop.jobs("core.apply_payment_event"):
            inbox_id = InboxId(UUID(str(job["inbox_id"])))
            await self.shop.apply(inbox_id)
            notes.append((await self.shop.inbox(inbox_id)).note)
        return notes

    async def audit(self, subject: object) -> list[tuple[str, str]]:
        """Return the actor and the action of each audit entry about a subject, newest first."""
        async with self.shop.units() as uow:
            return [(line.actor, line.action) for line in await uow.audit.of_subject(str(subject), 10)]

    async def standing(self, order_id: OrderId) -> tuple[OrderStatus, AttemptStatus]:
        """Return the status of an order and the status of the order's first checkout."""
        async with self.shop.units() as uow:
            order, attempts = await uow.orders.get(order_id), await uow.orders.attempts(order_id)
        assert order is not None
        return order.status, attempts[0].status
