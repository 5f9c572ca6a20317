"""What became of a dispute, asked for without a webhook (Customer Disputes v1, "Show dispute details")."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal import dispute_events
from subscriptions.infrastructure.payments.paypal.completing import found
from subscriptions.infrastructure.payments.paypal.errors import NotPermitted
from subscriptions.infrastructure.payments.paypal.wire import Wire


async def fetch_dispute(wire: Wire, base: PaymentEvent, key: str) -> PaymentEvent | None:
    """The case as the fact its webhook would bring now, None also for one that makes no sense. base: the present
    moment, as every fact has it.
    """
    try:
        case = await found(wire, f"/v1/customer/disputes/{key}", key)
    except NotPermitted:
        # An app that may not see disputes is told of none.
        return None
    if case is None:
        return None
    try:
        event = dispute_events.as_it_is(base, case)
    except MalformedWebhook:
        # An outcome we do not know: its webhook is refused as well, which the operator sees at PayPal.
        return None
    if event.kind is PaymentEventKind.IGNORED:
        return None
    return replace(event, event_key=f"poll:{key}:{event.kind}")
