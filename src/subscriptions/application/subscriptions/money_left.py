"""What is left of a payment: neither gone back nor asked to."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.staff_policy import StaffAction

REFUND_FAILED: Final = "payment.refund_failed"
REFUND_ASKED: Final = "payment.refund_asked"
"""Its provider took the wish: what goes back is reported by an event."""
_MOST_DIGITS: Final = 18
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
    wish_facts = [line.facts for line in lines if _is_wish(line)]
    return next((int(facts["minor"]) for facts in wish_facts if facts["operation"] == operation), None)


async def is_refund_accepted(uow: UnitOfWork, payment: Payment, operation: str) -> bool:
    """Return True if it is on record that the provider accepted the refund of this operation."""
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    return any(line.action == REFUND_ASKED and line.facts.get("operation") == operation for line in lines)


async def left_of(uow: UnitOfWork, payment: Payment) -> Money:
    """What neither went back nor is on its way; with the order locked nobody asks meanwhile. A refund that the bank
    sent back leaves its money to be given again; what a bank took back by a dispute is not left."""
    balance = await balance_of(uow, payment)
    waiting, _ = _carried_out(await _wishes(uow, payment), balance.refunds, payment.amount.currency)
    return max(balance.left - sum(waiting, _nothing(payment)), _nothing(payment))


async def balance_of(uow: UnitOfWork, payment: Payment) -> PaymentBalance:
    """Return a payment with all that went back of it."""
    refunds, disputes = await uow.reversals.refunds_of(payment.id), await uow.reversals.disputes_of([payment.id])
    return PaymentBalance(payment, refunds, disputes)


async def given_back(uow: UnitOfWork, payment: Payment) -> Money:
    """What went back of a payment so far, in its own currency; of more than is left its provider gives back nothing."""
    return (await balance_of(uow, payment)).returned()


async def refunds_asked(
    uow: UnitOfWork, payment: Payment, refunds: Sequence[Refund]
) -> tuple[Sequence[Money], frozenset[UUID]]:
    """Return the amounts asked back of a payment for which no refund has been reported yet, and the refunds that carry
    out what was asked for."""
    return _carried_out(await _wishes(uow, payment), refunds, payment.amount.currency)


def _nothing(payment: Payment) -> Money:
    return Money(0, payment.amount.currency)


async def _wishes(uow: UnitOfWork, payment: Payment) -> Sequence[AuditLine]:
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    failed_operations = {line.facts.get("operation", "") for line in lines if line.action == REFUND_FAILED}
    return [line for line in lines if _is_wish(line) and line.facts["operation"] not in failed_operations]


def _is_wish(line: AuditLine) -> bool:
    """Whether a line asks for money back. One that names no operation or no amount was written by no use case, and
    must not keep the payment from being refunded."""
    minor = line.facts.get("minor", "")
    is_amount = minor.isascii() and minor.isdecimal() and len(minor) <= _MOST_DIGITS
    return line.action == StaffAction.REFUND_PAYMENT and is_amount and "operation" in line.facts


def _carried_out(
    wishes: Sequence[AuditLine], refunds: Sequence[Refund], currency: str
) -> tuple[Sequence[Money], frozenset[UUID]]:
    """What was asked for and not reported since, and the refunds of the rest. Providers name a refund by a key of their
    own, so that a wish is known to be carried out by a refund of its amount that was recorded after it; each refund
    carries out one, and none that reports the money of a dispute."""
    waiting_refunds = [item for item in refunds if item.amount.currency == currency and not item.repeats_dispute]
    waiting, carried_out = list[Money](), set[UUID]()
    for wish in sorted(wishes, key=lambda line: line.at):
        amount = Money(int(wish.facts["minor"]), currency)
        refund = next((item for item in waiting_refunds if item.amount == amount and item.recorded_at >= wish.at), None)
        if refund is None:
            waiting.append(amount)
        else:
            waiting_refunds.remove(refund)
            carried_out.add(refund.id)
    return waiting, frozenset(carried_out)
