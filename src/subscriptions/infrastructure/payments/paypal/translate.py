"""One verified delivery as a provider-neutral fact: the table from PayPal's event types to ours.

And what a delivery does not tell, asked for: whose a charge is, which payment a reversal is about, an approved order.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal import checkout, disputes, payments, refunds, subscriptions
from subscriptions.infrastructure.payments.paypal.checkout import complete_approval
from subscriptions.infrastructure.payments.paypal.disputes import complete_dispute
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER
from subscriptions.infrastructure.payments.paypal.events import ignored, lacking
from subscriptions.infrastructure.payments.paypal.payments import complete_charge
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.refunds import TAKEN_BACK, complete_refund, unless_disputed
from subscriptions.infrastructure.payments.paypal.wire import Wire

EVENTS: Final[dict[str, Callable[[PaymentEvent, Node], PaymentEvent]]] = {
    "BILLING.SUBSCRIPTION.CREATED": subscriptions.created,
    "BILLING.SUBSCRIPTION.ACTIVATED": subscriptions.activated,
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": subscriptions.reactivated,
    "BILLING.SUBSCRIPTION.UPDATED": subscriptions.updated,
    "BILLING.SUBSCRIPTION.SUSPENDED": subscriptions.suspended,
    "BILLING.SUBSCRIPTION.CANCELLED": subscriptions.ended,
    "BILLING.SUBSCRIPTION.EXPIRED": subscriptions.ended,
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": subscriptions.payment_failed,
    "PAYMENT.SALE.COMPLETED": payments.sale_completed,
    "PAYMENT.SALE.PENDING": payments.pending,
    "PAYMENT.SALE.DENIED": payments.sale_denied,
    "PAYMENT.SALE.REFUNDED": refunds.refunded,
    "PAYMENT.SALE.REVERSED": refunds.reversed_by_bank,
    "PAYMENT.CAPTURE.COMPLETED": payments.capture_completed,
    "PAYMENT.CAPTURE.PENDING": payments.pending,
    "PAYMENT.CAPTURE.DENIED": payments.capture_denied,
    "PAYMENT.CAPTURE.DECLINED": payments.capture_declined,
    "PAYMENT.CAPTURE.REFUNDED": refunds.refunded,
    "PAYMENT.CAPTURE.REVERSED": refunds.reversed_by_bank,
    "PAYMENT.REFUND.FAILED": refunds.refunded,
    "CHECKOUT.ORDER.APPROVED": checkout.approved,
    "CHECKOUT.ORDER.COMPLETED": checkout.completed,
    "CHECKOUT.ORDER.VOIDED": checkout.lapsed,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": checkout.lapsed,
    "CUSTOMER.DISPUTE.CREATED": disputes.opened,
    "CUSTOMER.DISPUTE.UPDATED": disputes.updated,
    "CUSTOMER.DISPUTE.RESOLVED": disputes.resolved,
}
"""The types to subscribe the webhook to; every other type is ignored."""

_DISPUTES: Final = frozenset([PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED])


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


async def complete_event(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """The event with what PayPal knows besides; one that lacks nothing comes back as it is. base: the present moment,
    as every fact has it.
    """
    if event.kind is PaymentEventKind.PAYMENT_COMPLETED:
        return await _payment(wire, base, event)
    if event.kind is PaymentEventKind.REFUND:
        placed = event if event.about_payment is not None else await complete_refund(wire, event)
        return await unless_disputed(wire, placed) if event.reason == TAKEN_BACK else placed
    lacks = event.kind in _DISPUTES and event.about_payment is None
    return await complete_dispute(wire, event) if lacks else event


async def _payment(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    if event.payment_key is None:
        return await complete_approval(wire, event)
    if event.subscription_ref is None or (event.order_id is not None and event.period_end is not None):
        return event
    return await complete_charge(wire, base, event)
