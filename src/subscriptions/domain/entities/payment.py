"""Payments, unique by provider and the provider's key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId, new_uuid, short_reference
from subscriptions.domain.money import Money


class PaymentStatus(StrEnum):
    """Status of a payment.

    captured: the payment counts
    flagged: the payment was captured and is under review
    refunded: the payment was refunded
    """

    CAPTURED = "captured"
    FLAGGED = "flagged"
    REFUNDED = "refunded"


class FlagReason(StrEnum):
    """Reason why a captured payment is under review and gives no access automatically."""

    AMOUNT_MISMATCH = "amount_mismatch"
    CUSTOMER_MISMATCH = "customer_mismatch"
    SECOND_CAPTURE = "second_capture"
    SUBSCRIPTION_OVER = "subscription_over"
    ORDER_CLOSED = "order_closed"


HOLDS_PURCHASE: Final = frozenset({FlagReason.AMOUNT_MISMATCH, FlagReason.CUSTOMER_MISMATCH})
"""Review reasons of payments that were made for the order itself. While a payment is under review for such a reason,
the customer must not be asked to pay the order again.
"""


@dataclass(kw_only=True)
class Payment:
    """Captured payment.

    payment_key: provider's id, such as the id of the invoice
    returning_since: time at which Umbral decided to refund the payment automatically; None if staff must decide
    part: True for one of several partial payments of an order; it has no subscription until the order is paid in full
    excess: amount paid in addition to the price
    """

    id: PaymentId
    provider: str
    payment_key: str
    customer_id: CustomerId
    order_id: OrderId
    subscription_id: SubscriptionId | None
    amount: Money
    status: PaymentStatus = PaymentStatus.CAPTURED
    flag: FlagReason | None = None
    is_renewal: bool = False
    occurred_at: datetime
    recorded_at: datetime
    returning_since: datetime | None = None
    part: bool = False
    excess: Money | None = None

    @classmethod
    def capture(
        cls,
        *,
        provider: str,
        payment_key: str,
        customer_id: CustomerId,
        order_id: OrderId,
        amount: Money,
        is_renewal: bool,
        occurred_at: datetime,
        now: datetime,
    ) -> "Payment":
        """Create a captured payment."""
        return cls(
            id=PaymentId(new_uuid()),
            provider=provider,
            payment_key=payment_key,
            customer_id=customer_id,
            order_id=order_id,
            subscription_id=None,
            amount=amount,
            is_renewal=is_renewal,
            occurred_at=occurred_at,
            recorded_at=now,
        )

    @property
    def reference(self) -> str:
        """Short reference for people and logs. It is the reference of the order, which customers can quote."""
        return short_reference(self.order_id)

    def raise_flag(self, reason: FlagReason) -> None:
        """Put the payment under review for a reason. Such a payment gives no access automatically."""
        self.status, self.flag = PaymentStatus.FLAGGED, reason

    def give_back(self, now: datetime) -> None:
        """Mark the payment to be refunded automatically."""
        self.returning_since = now

    @property
    def flag_word(self) -> str:
        """Review reason as used in text keys. The suffix `_returning` is added if the payment is refunded
        automatically.
        """
        return f"{self.flag or ''}{'_returning' if self.returning_since is not None else ''}"

    @property
    def under_review(self) -> bool:
        """Return True if the payment is under review and was not refunded."""
        return self.status is PaymentStatus.FLAGGED
