"""Customers who may buy nothing and use no code, and how they may again."""

from typing import ClassVar

from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.services.staff_policy import StaffAction


class BarCustomer(StaffCommand):
    """What both directions share. What a customer has goes on; an owner alone bars staff. bars: what they become."""

    subject = SubjectKind.CUSTOMER
    inputs = (REASON,)
    bars: ClassVar[bool]

    def permission_over(self, subject: Subject) -> Permission:
        """Colleagues are an owner's to block."""
        is_colleague = subject.customer is not None and subject.customer.staff_role is not None
        return StaffAction.MANAGE_STAFF if is_colleague else self.permission

    async def run(self, act: Act) -> Outcome:
        """Who is as wanted already stays so, and nothing is recorded."""
        known_customer = await act.uow.customers.get(CustomerId(act.subject_id))
        customer = (
            await act.uow.customers.by_telegram_id(known_customer.telegram_id, lock=True) if known_customer else None
        )
        if customer is None:
            raise NothingToDo("gone")
        if (customer.barred_at is not None) is self.bars:
            return Outcome(name=self.outcomes[0])
        customer.barred_at = act.at if self.bars else None
        await act.uow.customers.save(customer)
        return Outcome(name=self.outcomes[0], audit=[AuditEntry(subject=customer.id)])


class BlockCustomer(BarCustomer):
    """Let a customer buy nothing more and use no code. What they have goes on."""

    name = "block"
    permission = StaffAction.BLOCK_CUSTOMER
    outcomes = ("now_barred",)
    bars = True


class UnblockCustomer(BarCustomer):
    """Let a blocked customer buy again."""

    name = "unblock"
    permission = StaffAction.UNBLOCK_CUSTOMER
    outcomes = ("now_free",)
    bars = False
