"""Money facts, unique by provider and the provider's own key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import CustomerId, OrderId, PaymentId, SubscriptionId, new_uuid, short_reference
from subscriptions.domain.money import Money


class PaymentStatus(StrEnum):
    """captured: counted · flagged: captured, but a person must decide."""

    CAPTURED = "captured"
    FLAGGED = "flagged"
    REFUNDED = "refunded"


class FlagReason(StrEnum):
    """Why captured money gives no access by itself."""

    AMOUNT_MISMATCH = "amount_mismatch"
    CUSTOMER_MISMATCH = "customer_mismatch"
    SECOND_CAPTURE = "second_capture"
    SUBSCRIPTION_OVER = "subscription_over"
    ORDER_CLOSED = "order_closed"


HOLDS_PURCHASE: Final = frozenset({FlagReason.AMOUNT_MISMATCH, FlagReason.CUSTOMER_MISMATCH})
"""What was paid for the order itself: paying it again would make it worse."""


@dataclass(kw_only=True)
class Payment:
    """One captured payment. payment_key: the provider's name of it, e.g. the invoice.

    returning_since: when it was decided that the product gives it back by itself; None where a person decides. part:
    one of several that together pay for its order; until they do, it has no subscription. excess: how much more came
    than was asked for.
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
        """Money arrived."""
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
        """What people and logs call this payment: as they call its order, which is what a customer can quote."""
        return short_reference(self.order_id)

    def raise_flag(self, reason: FlagReason) -> None:
        """Keep the money on record without giving access for it."""
        self.status, self.flag = PaymentStatus.FLAGGED, reason

    def give_back(self, now: datetime) -> None:
        """The product gives it back by itself."""
        self.returning_since = now

    @property
    def flag_word(self) -> str:
        """The flag as texts choose by it: with `_returning` behind it where the money goes back by itself."""
        return f"{self.flag or ''}{'_returning' if self.returning_since is not None else ''}"

    @property
    def under_review(self) -> bool:
        """Whether it is on record, gives nothing, and has not gone back either."""
        return self.status is PaymentStatus.FLAGGED
