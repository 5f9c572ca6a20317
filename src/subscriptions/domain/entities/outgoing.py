"""Webhook events for the operator's own programs, before they are addressed to endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from subscriptions.domain.ids import CustomerId


class EventKind(StrEnum):
    """Type of a webhook event. The values are the public names."""

    PAYMENT_RECEIVED = "payment.received"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_FLAGGED = "payment.flagged"
    PAYMENT_REFUNDED = "payment.refunded"
    DISPUTE_LOST = "dispute.lost"
    CONTRACT_WITHDRAWN = "contract.withdrawn"
    INVOICE_REQUESTED = "invoice.requested"
    CHECKOUT_ABANDONED = "checkout.abandoned"
    SUBSCRIPTION_CANCELED = "subscription.canceled"
    SUBSCRIPTION_KEPT = "subscription.kept"
    SUBSCRIPTION_PAUSED = "subscription.paused"
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    SUBSCRIPTION_EXTENDED = "subscription.extended"
    SUBSCRIPTION_SWITCHED = "subscription.switched"
    SUBSCRIPTION_ENDED = "subscription.ended"
    CUSTOMER_JOINED = "customer.joined"
    ENDPOINT_TESTED = "endpoint.tested"


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """Webhook event before it is addressed to endpoints.

    payment_id, refund_id, subscription_id: object that the event is about; None if there is none
    facts: details that cannot be read from the object later
    fact: idempotency key of an event that has neither a payment nor a refund as its key. Without any of these keys, the
        same event at a later time is a new event.
    """

    kind: EventKind
    customer_id: CustomerId
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    subscription_id: UUID | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    fact: str | None = None

    def event_id(self, receiver_id: UUID, now: datetime) -> UUID:
        """Return the event's id for one endpoint. The same event always has the same id. Without an idempotency key,
        payment or refund, the id depends on `now` as well.
        """
        one = self.fact or self.payment_id or self.refund_id or f"{self.subscription_id}:{now.isoformat()}"
        return uuid5(receiver_id, f"{self.kind}:{self.customer_id}:{one}:{sorted(self.facts.items())}")
