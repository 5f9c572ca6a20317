"""One verified delivery as a provider-neutral fact: the table from PayPal's event types to ours."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal import (
    dispute_events,
    money_events,
    order_events,
    subscription_events,
)
from subscriptions.infrastructure.payments.paypal.event_facts import ignored, lacking
from subscriptions.infrastructure.payments.paypal.names import PROVIDER
from subscriptions.infrastructure.payments.paypal.reader import Node

EVENTS: Final[dict[str, Callable[[PaymentEvent, Node], PaymentEvent]]] = {
    "BILLING.SUBSCRIPTION.CREATED": subscription_events.created,
    "BILLING.SUBSCRIPTION.ACTIVATED": subscription_events.activated,
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": subscription_events.reactivated,
    "BILLING.SUBSCRIPTION.UPDATED": subscription_events.updated,
    "BILLING.SUBSCRIPTION.SUSPENDED": subscription_events.suspended,
    "BILLING.SUBSCRIPTION.CANCELLED": subscription_events.ended,
    "BILLING.SUBSCRIPTION.EXPIRED": subscription_events.ended,
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": subscription_events.payment_failed,
    "PAYMENT.SALE.COMPLETED": money_events.sale_completed,
    "PAYMENT.SALE.PENDING": money_events.pending,
    "PAYMENT.SALE.DENIED": money_events.sale_denied,
    "PAYMENT.SALE.REFUNDED": money_events.refunded,
    "PAYMENT.SALE.REVERSED": money_events.reversed_by_bank,
    "PAYMENT.CAPTURE.COMPLETED": money_events.capture_completed,
    "PAYMENT.CAPTURE.PENDING": money_events.pending,
    "PAYMENT.CAPTURE.DENIED": money_events.capture_denied,
    "PAYMENT.CAPTURE.DECLINED": money_events.capture_declined,
    "PAYMENT.CAPTURE.REFUNDED": money_events.refunded,
    "PAYMENT.CAPTURE.REVERSED": money_events.reversed_by_bank,
    "PAYMENT.REFUND.FAILED": money_events.refunded,
    "CHECKOUT.ORDER.APPROVED": order_events.approved,
    "CHECKOUT.ORDER.COMPLETED": order_events.completed,
    "CHECKOUT.ORDER.VOIDED": order_events.lapsed,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": order_events.lapsed,
    "CUSTOMER.DISPUTE.CREATED": dispute_events.opened,
    "CUSTOMER.DISPUTE.UPDATED": dispute_events.updated,
    "CUSTOMER.DISPUTE.RESOLVED": dispute_events.resolved,
}
"""The types to subscribe the webhook to; every other type is ignored."""


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """The fact in a decoded event. Raises MalformedWebhook without id or type, or where one of ours lacks something.

    It does not say whether it is of the sandbox: only the mode's own certificates prove it.
    """
    key, kind = body.text("id"), body.text("event_type")
    if key is None or kind is None:
        raise MalformedWebhook(PROVIDER, "the event has no id or no type")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=key,
        raw_type=kind,
        occurred_at=body.moment("create_time") or received_at,
    )
    found = EVENTS.get(kind)
    if found is None:
        return ignored(base, "not a type that concerns us")
    resource = body.at("resource")
    return found(base, resource) if resource.is_object else lacking(base, "resource")
