"""What is left of a payment: neither gone back nor asked to."""

from collections.abc import Sequence
from typing import Final

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import reversal_decisions
from subscriptions.domain.services.staff_policy import StaffAction

REFUND_FAILED: Final = "payment.refund_failed"
_LINES: Final = 200


async def wanted_back(uow: UnitOfWork, payment: Payment) -> frozenset[str]:
    """The operations by which money was asked to be given back, and which did not fail."""
    return frozenset(line.facts["operation"] for line in await _wishes(uow, payment))


async def asked_back(uow: UnitOfWork, payment: Payment, operation: str) -> int | None:
    """How much a use case wrote down that somebody wants back from the provider by this operation, whether it failed
    since or not; None where nobody does."""
    if operation.startswith(GIVEN_BY_HAND):
        return None
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    wish_facts = [line.facts for line in lines if line.action == StaffAction.REFUND_PAYMENT]
    return next((int(facts["minor"]) for facts in wish_facts if facts.get("operation") == operation), None)


async def left_of(uow: UnitOfWork, payment: Payment) -> Money:
    """What neither went back nor is on its way; with the order locked nobody asks meanwhile. A refund that the bank
    sent back leaves its money to be given again; of what a bank took back by a dispute nothing is left."""
    refunds, disputes = await uow.reversals.refunds_of(payment.id), await uow.reversals.disputes_of([payment.id])
    under_way = _under_way(await _wishes(uow, payment), refunds, payment.amount.currency)
    money_left = payment.amount - reversal_decisions.back_of(payment, refunds, disputes) - under_way
    return max(money_left, Money(0, money_left.currency))


async def given_back(uow: UnitOfWork, payment: Payment) -> Money:
    """What went back of a payment so far, in its own currency; of more than is left its provider gives back nothing."""
    return reversal_decisions.given_of(payment, await uow.reversals.refunds_of(payment.id))


async def _wishes(uow: UnitOfWork, payment: Payment) -> Sequence[AuditLine]:
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    failed_operations = {line.facts.get("operation", "") for line in lines if line.action == REFUND_FAILED}
    wish_lines = (line for line in lines if line.action == StaffAction.REFUND_PAYMENT)
    return [line for line in wish_lines if line.facts["operation"] not in failed_operations]


def _under_way(wishes: Sequence[AuditLine], refunds: Sequence[Refund], currency: str) -> Money:
    """What was asked for and not told of since. Providers name a refund by a key of their own, so that a wish is known
    to be carried out by a refund of its amount that was recorded after it; each refund carries out one."""
    waiting_refunds, total = [item for item in refunds if item.amount.currency == currency], Money(0, currency)
    for wish in sorted(wishes, key=lambda line: line.at):
        amount = Money(int(wish.facts["minor"]), currency)
        refund = next((item for item in waiting_refunds if item.amount == amount and item.recorded_at >= wish.at), None)
        if refund is None:
            total += amount
        else:
            waiting_refunds.remove(refund)
    return total
