"""One verified delivery as a provider-neutral fact: the table from Stripe's event types to ours."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe import (
    invoice_events,
    reversal_events,
    session_events,
    subscription_events,
)
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER
from subscriptions.infrastructure.payments.stripe.facts import ignored, lacking
from subscriptions.infrastructure.payments.stripe.reader import Node

EVENTS: Final[dict[str, Callable[[PaymentEvent, Node], PaymentEvent]]] = {
    "checkout.session.completed": session_events.completed,
    "checkout.session.async_payment_succeeded": session_events.paid,
    "checkout.session.async_payment_failed": session_events.failed,
    "checkout.session.expired": session_events.expired,
    "invoice.paid": invoice_events.paid,
    "invoice.payment_failed": invoice_events.payment_failed,
    "invoice.payment_action_required": invoice_events.action_required,
    "customer.subscription.updated": subscription_events.updated,
    "customer.subscription.paused": subscription_events.paused,
    "customer.subscription.resumed": subscription_events.updated,
    "customer.subscription.deleted": subscription_events.deleted,
    "subscription_schedule.updated": subscription_events.rescheduled,
    "subscription_schedule.released": subscription_events.rescheduled,
    "refund.created": reversal_events.refunded,
    "refund.updated": reversal_events.refunded,
    "refund.failed": reversal_events.refunded,
    "charge.refunded": reversal_events.charge_refunded,
    "charge.dispute.created": reversal_events.dispute_opened,
    "charge.dispute.funds_withdrawn": reversal_events.dispute_opened,
    "charge.dispute.closed": reversal_events.dispute_closed,
}
"""The types to subscribe an endpoint to; every other type is ignored."""

THIN: Final = "v2.core.event"


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """The fact in a decoded event. Raises MalformedWebhook without id or type, or where one of ours lacks something."""
    key, kind = body.text("id"), body.text("type")
    if key is None or kind is None:
        raise MalformedWebhook(PROVIDER, "the event has no id or no type")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=key,
        raw_type=kind,
        occurred_at=body.moment("created") or received_at,
        livemode=body.flag("livemode"),
    )
    if body.text("object") == THIN:
        return ignored(base, "a thin event carries no object")
    found = EVENTS.get(kind)
    if found is None:
        return ignored(base, "not a type that concerns us")
    source = body.at("data", "object")
    if not isinstance(source.value, dict):
        return lacking(base, "object")
    return found(base, source)
