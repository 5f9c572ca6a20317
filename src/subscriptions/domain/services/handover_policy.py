"""Policy that decides whether a gift may be redeemed, depending on the payments for the gift."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, Refund
from subscriptions.domain.services.payment_balance import are_at_stake, are_gone


class HandoverState(StrEnum):
    """State of a gift.

    - unpaid: the gift is not paid, or not in full
    - good: the gift may be redeemed
    - held: the gift cannot be redeemed until a dispute is decided
    - back: the money was returned or the payer withdrew, so the gift cannot be redeemed
    - had: the gift has already given time, to the person who redeemed it or, in a release that did not support gifts,
      to the payer
    """

    UNPAID = "unpaid"
    GOOD = "good"
    HELD = "held"
    MONEY_BACK = "back"
    HAD = "had"


def counted_payments(payments: Iterable[Payment]) -> Sequence[Payment]:
    """Return the payments that count for the order, without payments under review and payments of zero."""
    return [each for each in payments if each.flag is None and each.amount.minor > 0]


def standing_of(
    order: Order, payments: Iterable[Payment], refunds: Sequence[Refund], disputes: Sequence[Dispute]
) -> HandoverState:
    """Return the state of a gift. `payments`: payments of the order. `refunds`, `disputes`: refunds and disputes of
    those payments.
    """
    paid_payments = counted_payments(payments)
    if order.status is not OrderStatus.PAID or not paid_payments:
        return HandoverState.UNPAID
    # Partial payments count together: if one of them is returned, the effect is the same as for time already given.
    if are_gone(paid_payments, refunds, disputes):
        return HandoverState.MONEY_BACK
    if any(each.subscription_id is not None for each in paid_payments):
        return HandoverState.HAD
    return HandoverState.HELD if are_at_stake(paid_payments, refunds, disputes) else HandoverState.GOOD
