"""Staff commands that block a customer from buying and using codes, or unblock them."""

from typing import ClassVar

from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


async def close_open_orders(uow: UnitOfWork, customer_id: CustomerId) -> None:
    """Cancel the open orders of a blocked customer, whose row is locked, and close their checkouts. An order with a
    partial payment stays open until it expires, which refunds the payment.
    """
    for order in await uow.orders.open_of(customer_id, lock=True):
        if not await uow.payments.waiting_parts([order.id]):
            order.let_go()
            await uow.orders.save(order)


class BarCustomer(StaffCommand):
    """Base class of the staff commands that block and unblock a customer. Existing subscriptions continue, and open
    checkouts are closed. Only an owner can block a staff member. `bars`: True if the command blocks, False if it
    unblocks.
    """

    subject = SubjectKind.CUSTOMER
    inputs = (REASON,)
    bars: ClassVar[bool]

    def permission_over(self, subject: Subject) -> Permission:
        """Return the permission required to block or unblock this customer; for a staff member it is an owner's
        permission.
        """
        is_colleague = subject.customer is not None and subject.customer.staff_role is not None
        return StaffAction.MANAGE_STAFF if is_colleague else self.permission

    async def run(self, execution: Execution) -> Outcome:
        """Block or unblock the customer. If the customer is already blocked or unblocked, nothing is done or
        recorded.
        """
        known_customer = await execution.uow.customers.get(CustomerId(execution.subject_id))
        customer = (
            await execution.uow.customers.by_telegram_id(known_customer.telegram_id, lock=True)
            if known_customer
            else None
        )
        if customer is None:
            raise NothingToDo("gone")
        if (customer.barred_at is not None) is self.bars:
            return Outcome(name=self.outcomes[0])
        customer.barred_at = execution.at if self.bars else None
        await execution.uow.customers.save(customer)
        if self.bars:
            await close_open_orders(execution.uow, customer.id)
        return Outcome(name=self.outcomes[0], audit=[AuditEntry(subject=customer.id)])


class BlockCustomer(BarCustomer):
    """Staff command that blocks a customer from buying and using codes. Existing subscriptions continue."""

    name = "block"
    permission = StaffAction.BLOCK_CUSTOMER
    outcomes = ("now_barred",)
    is_dangerous = True
    bars = True


class UnblockCustomer(BarCustomer):
    """Staff command that unblocks a customer, who can then buy again."""

    name = "unblock"
    permission = StaffAction.UNBLOCK_CUSTOMER
    outcomes = ("now_free",)
    bars = False
