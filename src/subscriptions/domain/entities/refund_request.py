"""Request for a refund, from the decision to the refund that answers it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """Request for a refund of a payment, or of a part of it. A refund answers at most one request.

    operation: id of the request
    accepted_at: time at which the provider accepted the request; it reports the refund itself later
    failed_at: time at which the request failed, so that its amount can be refunded by another request
    refund_id: refund that answered the request
    """

    operation: str
    payment_id: PaymentId
    amount: Money
    asked_at: datetime
    accepted_at: datetime | None = None
    failed_at: datetime | None = None
    refund_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        """Return True if the refund was neither reported nor failed."""
        return self.failed_at is None and self.refund_id is None

    def may_be_answered(self, refund: Refund) -> bool:
        """Return True if a refund of the same payment may answer the request. Providers identify refunds by their own
        ids, so the amount decides. A refund that reports the money of a dispute answers no request.
        """
        is_later = refund.recorded_at >= self.asked_at
        return self.is_open and is_later and refund.amount == self.amount and not refund.repeats_dispute
