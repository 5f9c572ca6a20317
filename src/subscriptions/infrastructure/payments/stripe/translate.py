"""One verified delivery as a provider-neutral fact: the table from Stripe's event types to ours."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe import checkout, disputes, payments, refunds, subscriptions
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER
from subscriptions.infrastructure.payments.stripe.events import ignored, lacking
from subscriptions.infrastructure.payments.stripe.reader import Node

EVENTS: Final[dict[str, Callable[[PaymentEvent, Node], PaymentEvent]]] = {
    "checkout.session.completed": checkout.completed,
    "checkout.session.async_payment_succeeded": checkout.paid,
    "checkout.session.async_payment_failed": checkout.failed,
    "checkout.session.expired": checkout.expired,
    "invoice.paid": payments.paid,
    "invoice.payment_failed": payments.payment_failed,
    "invoice.payment_action_required": payments.action_required,
    "customer.subscription.updated": subscriptions.updated,
    "customer.subscription.paused": subscriptions.paused,
    "customer.subscription.resumed": subscriptions.updated,
    "customer.subscription.deleted": subscriptions.deleted,
    "subscription_schedule.updated": subscriptions.rescheduled,
    "subscription_schedule.released": subscriptions.rescheduled,
    "refund.created": refunds.refunded,
    "refund.updated": refunds.refunded,
    "refund.failed": refunds.refunded,
    "charge.refunded": refunds.charge_refunded,
    "charge.dispute.created": disputes.opened,
    "charge.dispute.funds_withdrawn": disputes.opened,
    "charge.dispute.closed": disputes.closed,
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
