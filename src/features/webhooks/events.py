"""Webhook events that are sent for domain events of the core."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from subscriptions.application.routing import on
from subscriptions.domain import events
from subscriptions.domain.entities.outgoing import EventKind, WebhookEvent
from subscriptions.domain.ids import CustomerId, SubscriptionId


class _OfSubscription(Protocol):
    @property
    def customer_id(self) -> CustomerId: ...
    @property
    def subscription_id(self) -> SubscriptionId: ...


class _WithReason(_OfSubscription, Protocol):
    @property
    def reason(self) -> str: ...


def _subscription(kind: EventKind) -> Callable[[_OfSubscription], WebhookEvent]:
    return lambda event: WebhookEvent(kind=kind, customer_id=event.customer_id, subscription_id=event.subscription_id)


def _subscription_with_reason(kind: EventKind) -> Callable[[_WithReason], WebhookEvent]:
    return lambda event: replace(_subscription(kind)(event), facts={"reason": event.reason})


def payment_received(event: events.PaymentReceived) -> WebhookEvent:
    return WebhookEvent(
        kind=EventKind.PAYMENT_RECEIVED,
        customer_id=event.customer_id,
        payment_id=event.payment_id,
        subscription_id=event.subscription_id,
    )


def gift_paid(event: events.PaidForAnother) -> WebhookEvent:
    return WebhookEvent(kind=EventKind.PAYMENT_RECEIVED, customer_id=event.customer_id, payment_id=event.payment_id)


def payment_flagged(event: events.PaymentFlagged) -> WebhookEvent:
    facts = {"reason": event.reason}
    return WebhookEvent(
        kind=EventKind.PAYMENT_FLAGGED, customer_id=event.customer_id, payment_id=event.payment_id, facts=facts
    )


def payment_refunded(event: events.PaymentRefunded) -> WebhookEvent:
    return WebhookEvent(kind=EventKind.PAYMENT_REFUNDED, customer_id=event.customer_id, refund_id=event.refund_id)


def contract_withdrawn(event: events.ContractWithdrawn) -> WebhookEvent:
    fact = str(event.withdrawal_id)
    facts = {"order": str(event.order_id), "withdrawal": fact}
    return WebhookEvent(kind=EventKind.CONTRACT_WITHDRAWN, customer_id=event.customer_id, facts=facts, fact=fact)


def checkout_abandoned(event: events.OrderExpired) -> WebhookEvent:
    facts = {"order": str(event.order_id)}
    return WebhookEvent(kind=EventKind.CHECKOUT_ABANDONED, customer_id=event.customer_id, facts=facts)


def dispute_lost(event: events.DisputeLost) -> WebhookEvent:
    return replace(_subscription(EventKind.DISPUTE_LOST)(event), fact=str(event.dispute_id))


def customer_joined(event: events.CustomerJoined) -> WebhookEvent:
    return WebhookEvent(kind=EventKind.CUSTOMER_JOINED, customer_id=event.customer_id)


WEBHOOK_EVENTS: Final = (
    on(events.PaymentReceived, payment_received),
    on(events.PaidForAnother, gift_paid),
    on(events.PaymentFlagged, payment_flagged),
    on(events.PaymentRefunded, payment_refunded),
    on(events.ContractWithdrawn, contract_withdrawn),
    on(events.OrderExpired, checkout_abandoned),
    on(events.CustomerJoined, customer_joined),
    on(events.SubscriptionCanceled, _subscription(EventKind.SUBSCRIPTION_CANCELED)),
    on(events.CancellationUndone, _subscription(EventKind.SUBSCRIPTION_KEPT)),
    on(events.SubscriptionPaused, _subscription_with_reason(EventKind.SUBSCRIPTION_PAUSED)),
    on(events.SubscriptionResumed, _subscription_with_reason(EventKind.SUBSCRIPTION_RESUMED)),
    on(events.AccessMoved, _subscription(EventKind.SUBSCRIPTION_EXTENDED)),
    on(events.WaitingTimeBegan, _subscription(EventKind.SUBSCRIPTION_EXTENDED)),
    on(events.PlanSwitched, _subscription(EventKind.SUBSCRIPTION_SWITCHED)),
    on(events.SubscriptionExpired, _subscription_with_reason(EventKind.SUBSCRIPTION_ENDED)),
    on(events.PaymentFailed, _subscription(EventKind.PAYMENT_FAILED)),
    on(events.DisputeLost, dispute_lost),
)
_BY_STAFF: Final = (
    EventKind.CHECKOUT_ABANDONED,
    EventKind.CONTRACT_WITHDRAWN,
    EventKind.CUSTOMER_JOINED,
    EventKind.ENDPOINT_TESTED,
    EventKind.PAYMENT_FAILED,
    EventKind.SUBSCRIPTION_CANCELED,
    EventKind.SUBSCRIPTION_KEPT,
    EventKind.SUBSCRIPTION_PAUSED,
    EventKind.SUBSCRIPTION_RESUMED,
    EventKind.SUBSCRIPTION_EXTENDED,
    EventKind.SUBSCRIPTION_SWITCHED,
    EventKind.SUBSCRIPTION_ENDED,
)
PUBLISHED_BY: Final = (
    ("userbot", EventKind.CUSTOMER_JOINED),
    *((process, kind) for process in ("bot", "console") for kind in _BY_STAFF),
)
"""Pairs of a process other than the worker and a webhook event that it sends."""
