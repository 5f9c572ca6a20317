"""What became of a dispute, asked for without a webhook (Customer Disputes v1, "Show dispute details")."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal import dispute_events
from subscriptions.infrastructure.payments.paypal.errors import NotPermitted, Refused
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.wire import Wire


async def retrieve(wire: Wire, key: str) -> Node | None:
    """The case; None where there is no such, or the app may not see disputes."""
    if not is_id(key):
        return None
    try:
        return await wire.get(f"/v1/customer/disputes/{key}")
    except NotPermitted:
        return None
    except Refused as error:
        if error.status == 404:
            return None
        raise


async def fetch_dispute(wire: Wire, base: PaymentEvent, key: str) -> PaymentEvent | None:
    """The case as the fact its webhook would bring now, None also for one that makes no sense. base: the present
    moment, as every fact has it.
    """
    found = await retrieve(wire, key)
    if found is None:
        return None
    try:
        event = dispute_events.as_it_is(base, found)
    except MalformedWebhook:
        # An outcome we do not know: its webhook is refused as well, which the operator sees at PayPal.
        return None
    if event.kind is PaymentEventKind.IGNORED:
        return None
    return replace(event, event_key=f"poll:{key}:{event.kind}")
