"""What went back of payments, counted payment by payment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.money import Money


def counts(payment: Payment) -> bool:
    """Whether it is revenue: what was set aside is none, also once it has gone back."""
    return payment.flag is None


def returned(
    payments: Iterable[Payment], refunds: Iterable[Refund], disputes: Iterable[Dispute]
) -> Iterator[tuple[Payment, Money, datetime]]:
    """Yield each amount that went back of a payment, and when; a lost dispute takes all that was left, once."""
    given, settled = list(refunds), list(disputes)
    for payment in payments:
        lost = [each for each in settled if each.payment_id == payment.id and each.status is DisputeStatus.LOST]
        over = min((each.closed_at for each in lost if each.closed_at is not None), default=None)
        left = payment.amount
        for refund in given:
            late = over is not None and refund.occurred_at > over
            if refund.payment_id != payment.id or refund.status is not RefundStatus.GIVEN or late:
                continue
            yield payment, refund.amount, refund.occurred_at
            left -= refund.amount if refund.amount.currency == left.currency else Money(0, left.currency)
        if over is not None:
            yield payment, max(left, Money(0, left.currency)), over
