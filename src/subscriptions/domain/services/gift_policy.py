"""Whether a gift may be opened: what became of the money it was paid with."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund
from subscriptions.domain.services.payment_balance import PaymentBalance, is_mostly_disputed


class GiftState(StrEnum):
    """unpaid: it was not, or not in full · good: it may be opened · held: a bank asks about its money, and until that
    is decided nobody opens it · back: its money went back, or its payer withdrew, and nobody will · had: it gave
    somebody time already, who
    opened it; or who paid, where a version that knew no gifts counted it.
    """

    UNPAID = "unpaid"
    GOOD = "good"
    HELD = "held"
    MONEY_BACK = "back"
    HAD = "had"


def counted_payments(payments: Iterable[Payment]) -> Sequence[Payment]:
    """What of an order's payments it was paid with, in the order they happened: not what was set aside."""
    return [each for each in payments if each.flag is None and each.amount.minor > 0]


def standing_of(
    order: Order, payments: Iterable[Payment], refunds: Sequence[Refund], disputes: Sequence[Dispute]
) -> GiftState:
    """payments: of the order. refunds, disputes: about those."""
    paid_payments = counted_payments(payments)
    if order.status is not OrderStatus.PAID or not paid_payments:
        return GiftState.UNPAID
    # Of what was paid together, one part that went back takes no more than it would of what somebody has already.
    if all(PaymentBalance(each, refunds, disputes).is_gone for each in paid_payments):
        return GiftState.MONEY_BACK
    if any(each.subscription_id is not None for each in paid_payments):
        return GiftState.HAD
    is_open = any(each.status is DisputeStatus.OPEN for each in disputes)
    return GiftState.HELD if is_open and is_mostly_disputed(paid_payments, disputes) else GiftState.GOOD
