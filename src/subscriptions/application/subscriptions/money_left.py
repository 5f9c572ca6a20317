"""Requests for refunds, and calculation of the amount of a payment that can still be refunded: the part that is neither
refunded nor requested as a refund.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.events import RefundWanted
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import GIVEN_BY_HAND
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.payment_balance import PaymentBalance
from subscriptions.domain.services.staff_policy import StaffAction

REFUND_FAILED: Final = "payment.refund_failed"
REFUND_ASKED: Final = "payment.refund_asked"
"""Actions in the audit log: a request for a refund failed, or the provider accepted it."""


def request_facts(operation: str, amount: Money) -> dict[str, str]:
    """Return the facts of the audit entry about a payment whose refund is requested. `operation`: id of the request."""
    return {"operation": operation, "minor": str(amount.minor), "amount": str(amount)}


async def ask_refund(uow: UnitOfWork, payment: Payment, amount: Money, operation: str, at: datetime) -> bool:
    """Store a request for a refund and queue its job, unless staff paid the refund outside the provider. Return False
    if the operation requested it before. Lock the order before the call, and record the request in the audit log.
    """
    request = RefundRequest(operation=operation, payment_id=payment.id, amount=amount, asked_at=at)
    is_new = await uow.of(FACTS_KEY).ask(request)
    if is_new and not operation.startswith(GIVEN_BY_HAND):
        uow.record(RefundWanted(payment.id, amount.minor, operation))
    return is_new


async def request_refund(
    uow: UnitOfWork, payment: Payment, amount: Money, operation: str, *, actor: str, reason: str, at: datetime
) -> bool:
    """Request a refund outside of a staff command, as `ask_refund` does, and record the request in the audit log."""
    is_new = await ask_refund(uow, payment, amount, operation, at)
    if is_new:
        await uow.audit.record(
            actor=actor,
            action=StaffAction.REFUND_PAYMENT,
            subject=str(payment.id),
            reason=reason,
            at=at,
            facts=request_facts(operation, amount),
        )
    return is_new


async def answer_request(uow: UnitOfWork, refund: Refund) -> None:
    """Let a refund answer the oldest open request of its payment and amount, if there is one. Idempotent."""
    requests = await uow.of(FACTS_KEY).requests_of(refund.payment_id, lock=True)
    answered = next((each for each in requests if each.may_be_answered(refund)), None)
    if answered is not None and all(each.refund_id != refund.id for each in requests):
        await uow.of(FACTS_KEY).save_request(replace(answered, refund_id=refund.id))


async def accept_request(uow: UnitOfWork, payment: Payment, operation: str, at: datetime) -> None:
    """Record that the provider accepted a request."""
    request = await _locked(uow, payment, operation)
    await uow.of(FACTS_KEY).save_request(replace(request, accepted_at=at))
    await _record(uow, request, REFUND_ASKED, "its provider took it", at)


async def fail_request(uow: UnitOfWork, payment: Payment, operation: str, reason: str, at: datetime) -> None:
    """Record that a request failed. If a refund of the same amount answered it, the refund was another one's."""
    request = await _locked(uow, payment, operation)
    await uow.of(FACTS_KEY).save_request(replace(request, failed_at=at, refund_id=None))
    await _record(uow, request, REFUND_FAILED, reason, at)
    refund = await uow.reversals.get_refund(request.refund_id) if request.refund_id is not None else None
    if refund is not None:
        await answer_request(uow, refund)


async def left_of(uow: UnitOfWork, payment: Payment) -> Money:
    """Return the amount that is neither refunded nor requested as a refund. Lock the order before the call, so that no
    other refund can be requested meanwhile.

    The amount of a refund that the bank returned counts as refundable again; a lost dispute reduces the amount.
    """
    nothing, requests = Money(0, payment.amount.currency), await uow.of(FACTS_KEY).requests_of(payment.id)
    asked = sum((each.amount for each in requests if each.is_open), nothing)
    return max((await balance_of(uow, payment)).left - asked, nothing)


async def balance_of(uow: UnitOfWork, payment: Payment) -> PaymentBalance:
    """Return the balance of a payment, calculated from all its refunds and disputes."""
    refunds, disputes = await uow.reversals.refunds_of(payment.id), await uow.reversals.disputes_of([payment.id])
    return PaymentBalance(payment, refunds, disputes)


async def given_back(uow: UnitOfWork, payment: Payment) -> Money:
    """Return the amount of a payment that was refunded or lost in disputes, in the payment's currency. It is at most
    the payment's amount.
    """
    return (await balance_of(uow, payment)).given_back


async def _locked(uow: UnitOfWork, payment: Payment, operation: str) -> RefundRequest:
    requests = await uow.of(FACTS_KEY).requests_of(payment.id, lock=True)
    return next(each for each in requests if each.operation == operation)


async def _record(uow: UnitOfWork, request: RefundRequest, action: str, reason: str, at: datetime) -> None:
    subject, facts = str(request.payment_id), {"operation": request.operation}
    await uow.audit.record(actor="system", action=action, subject=subject, reason=reason, at=at, facts=facts)
