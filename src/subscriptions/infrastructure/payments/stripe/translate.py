"""One verified delivery as a provider-neutral fact: the table from Stripe's event types to ours."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import stripe

from subscriptions.domain.ports.payment_gateway import GatewayRejected, MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe import checkout, disputes, payments, refunds, subscriptions
from subscriptions.infrastructure.payments.stripe.errors import MISSING, PROVIDER, speaking
from subscriptions.infrastructure.payments.stripe.events import ignored, lacking
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain
from subscriptions.infrastructure.providers.reader import Node

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


async def on_record(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """What was told, as Stripe keeps it for thirty days (https://docs.stripe.com/api/events/retrieve): who learns the
    endpoint's secret can sign, and nothing more. Raises GatewayRejected where Stripe has no such event.
    """
    if event.raw_type not in EVENTS:
        return event
    async with speaking():
        try:
            kept = plain(await wire.client.v1.events.retrieve_async(event.event_key), "event")
        except stripe.PermissionError:
            # A restricted key may do all else without it; the signature, which is over all of the body, has to do.
            return event
        except stripe.InvalidRequestError as error:
            if error.code != MISSING:
                raise
            problem = f"{event.raw_type} {event.event_key} is not on record at Stripe"
            raise GatewayRejected(PROVIDER, problem, code="not_on_record") from None
    return translate(kept, event.occurred_at)
