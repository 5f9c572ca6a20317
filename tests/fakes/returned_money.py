"""Refunded and reversed amounts, calculated payment by payment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.money import Money


def counts(payment: Payment) -> bool:
    """Return True if the payment is revenue. A payment under review is not revenue, even after its refund."""
    return payment.flag is None


def returned(
    payments: Iterable[Payment], refunds: Iterable[Refund], disputes: Iterable[Dispute]
) -> Iterator[tuple[Payment, Money, datetime]]:
    """Yield each amount returned from a payment, with its time. For all lost disputes of a payment, yield one amount:
    the sum of the disputed amounts, but at most the amount that was not refunded.
    """
    given, all_disputes = list(refunds), list(disputes)
    for payment in payments:
        lost = [each for each in all_disputes if each.payment_id == payment.id and each.status is DisputeStatus.LOST]
        left = payment.amount
        for refund in given:
            if refund.payment_id != payment.id or refund.status is not RefundStatus.GIVEN:
                continue
            if not any(_is_repeated(each, refund) for each in lost):
                yield payment, refund.amount, refund.occurred_at
                left -= refund.amount if refund.amount.currency == left.currency else Money(0, left.currency)
        over = min((each.closed_at for each in lost if each.closed_at is not None), default=None)
        if over is not None:
            zero = Money(0, left.currency)
            taken = sum((each.amount or payment.amount for each in lost), zero)
            yield payment, min(taken, max(left, zero)), over


def _is_repeated(dispute: Dispute, refund: Refund) -> bool:
    """Return True if a refund repeats the amount of a lost dispute."""
    if refund.repeats_dispute is not None:
        return refund.repeats_dispute
    is_later = dispute.closed_at is not None and dispute.closed_at < refund.occurred_at
    return is_later and (dispute.amount is None or dispute.amount.minor == refund.amount.minor)
