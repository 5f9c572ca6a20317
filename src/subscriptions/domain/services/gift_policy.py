"""Whether a gift may be opened: what became of the money it was paid with."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus


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


def standing_of(order: Order, payments: Iterable[Payment], disputes: Iterable[Dispute]) -> GiftState:
    """payments: of the order. disputes: about those."""
    paid_payments, dispute_status = counted_payments(payments), {each.status for each in disputes}
    if order.status is not OrderStatus.PAID or not paid_payments:
        return GiftState.UNPAID
    # Of what was paid together, one part that went back takes no more than it would of what somebody has already.
    if DisputeStatus.LOST in dispute_status or all(each.status is PaymentStatus.REFUNDED for each in paid_payments):
        return GiftState.MONEY_BACK
    if any(each.subscription_id is not None for each in paid_payments):
        return GiftState.HAD
    return GiftState.HELD if DisputeStatus.OPEN in dispute_status else GiftState.GOOD
