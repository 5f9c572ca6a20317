"""Requests for refunds, and calculation of the amount of a payment that can still be refunded: the part that is neither
refunded nor requested as a refund.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.events import RefundWanted
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.staff_policy import StaffAction

REFUND_FAILED: Final = "payment.refund_failed"
REFUND_ASKED: Final = "payment.refund_asked"
"""Action in the audit log: the provider accepted a refund request. The refund itself is reported by a later event."""
_MOST_DIGITS: Final = 18
_LINES: Final = 200


def wish_of(operation: str, amount: Money) -> dict[str, str]:
    """Return the facts of the audit entry about a payment that requests its refund. `operation`: id of the request."""
    return {"operation": operation, "minor": str(amount.minor), "amount": str(amount)}


async def request_refund(
    uow: UnitOfWork, payment: Payment, amount: Money, operation: str, *, actor: str, reason: str, at: datetime
) -> None:
    """Request a refund outside of a staff command. Lock the order before the call."""
    await uow.audit.record(
        actor=actor,
        action=StaffAction.REFUND_PAYMENT,
        subject=str(payment.id),
        reason=reason,
        at=at,
        facts=wish_of(operation, amount),
    )
    uow.record(RefundWanted(payment.id, amount.minor, operation))


async def wanted_back(uow: UnitOfWork, payment: Payment) -> frozenset[str]:
    """Return the ids of the operations that requested a refund of the payment, except those whose refund failed."""
    return frozenset(line.facts["operation"] for line in await _wishes(uow, payment))


async def asked_back(uow: UnitOfWork, payment: Payment, operation: str) -> int | None:
    """Return the amount whose refund this operation requested, in minor units, even if the refund has failed. Return
    None if no use case recorded a request.
    """
    if operation.startswith(GIVEN_BY_HAND):
        return None
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    wish_facts = [line.facts for line in lines if _is_wish(line)]
    return next((int(facts["minor"]) for facts in wish_facts if facts["operation"] == operation), None)


async def is_refund_accepted(uow: UnitOfWork, payment: Payment, operation: str) -> bool:
    """Return True if the audit log records that the provider accepted the refund of this operation."""
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    return any(line.action == REFUND_ASKED and line.facts.get("operation") == operation for line in lines)


async def left_of(uow: UnitOfWork, payment: Payment) -> Money:
    """Return the amount that is neither refunded nor requested as a refund. Lock the order before the call, so that no
    other refund can be requested meanwhile.

    The amount of a refund that the bank returned counts as refundable again; a lost dispute reduces the amount.
    """
    balance = await balance_of(uow, payment)
    waiting, _ = _carried_out(await _wishes(uow, payment), balance.refunds, payment.amount.currency)
    return max(balance.left - sum(waiting, _nothing(payment)), _nothing(payment))


async def balance_of(uow: UnitOfWork, payment: Payment) -> PaymentBalance:
    """Return the balance of a payment, calculated from all its refunds and disputes."""
    refunds, disputes = await uow.reversals.refunds_of(payment.id), await uow.reversals.disputes_of([payment.id])
    return PaymentBalance(payment, refunds, disputes)


async def given_back(uow: UnitOfWork, payment: Payment) -> Money:
    """Return the amount of a payment that was refunded or lost in disputes, in the payment's currency. It is at most
    the payment's amount.
    """
    return (await balance_of(uow, payment)).returned()


async def refunds_asked(
    uow: UnitOfWork, payment: Payment, refunds: Sequence[Refund]
) -> tuple[Sequence[Money], frozenset[UUID]]:
    """Return the requested amounts for which no refund has been reported yet, and the ids of the refunds that fulfilled
    a request.
    """
    return _carried_out(await _wishes(uow, payment), refunds, payment.amount.currency)


def _nothing(payment: Payment) -> Money:
    return Money(0, payment.amount.currency)


async def _wishes(uow: UnitOfWork, payment: Payment) -> Sequence[AuditLine]:
    lines = await uow.audit.of_subject(str(payment.id), _LINES)
    failed_operations = {line.facts.get("operation", "") for line in lines if line.action == REFUND_FAILED}
    return [line for line in lines if _is_wish(line) and line.facts["operation"] not in failed_operations]


def _is_wish(line: AuditLine) -> bool:
    """Return True if the audit entry requests a refund. An entry without an operation or amount was not written by a
    use case, and must not block refunds of the payment.
    """
    minor = line.facts.get("minor", "")
    is_amount = minor.isascii() and minor.isdecimal() and len(minor) <= _MOST_DIGITS
    return line.action == StaffAction.REFUND_PAYMENT and is_amount and "operation" in line.facts


def _carried_out(
    wishes: Sequence[AuditLine], refunds: Sequence[Refund], currency: str
) -> tuple[Sequence[Money], frozenset[UUID]]:
    """Return the requested amounts for which no refund has been reported yet, and the ids of the refunds that fulfilled
    the other requests.

    Providers identify refunds by their own ids, so a request is matched with a later refund of the same amount. Each
    refund matches one request. A refund that reports the money of a dispute matches none.
    """
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
