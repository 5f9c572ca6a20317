"""What is left of a payment: neither gone back nor asked to."""

from typing import Final

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import reversal_decisions
from subscriptions.domain.services.staff_policy import StaffAction

FAILED: Final = "payment.refund_failed"
_LINES: Final = 200


async def wanted_back(uow: UnitOfWork, payment: Payment) -> dict[str, int]:
    """What was asked to be given back and did not fail, by operation."""
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    failed = {line.facts.get("operation", "") for line in lines if line.action == FAILED}
    asked = [line for line in lines if line.action == StaffAction.REFUND_PAYMENT]
    return {
        line.facts["operation"]: int(line.facts["minor"]) for line in asked if line.facts["operation"] not in failed
    }


async def asked_back(uow: UnitOfWork, payment: Payment, operation: str) -> int | None:
    """How much a use case wrote down that somebody wants back by this operation, whether it failed since or not; None
    where nobody does."""
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    asked = [line.facts for line in lines if line.action == StaffAction.REFUND_PAYMENT]
    return next((int(facts["minor"]) for facts in asked if facts.get("operation") == operation), None)


async def left_of(uow: UnitOfWork, payment: Payment) -> Money:
    """What neither went back nor was asked to; with the order locked nobody asks meanwhile."""
    wanted = sum((await wanted_back(uow, payment)).values())
    return payment.amount - max(await given_back(uow, payment), Money(wanted, payment.amount.currency))


async def given_back(uow: UnitOfWork, payment: Payment) -> Money:
    """What went back of a payment so far, in its own currency; of more than is left its provider gives back nothing."""
    return reversal_decisions.given_of(payment, await uow.reversals.refunds_of(payment.id))
