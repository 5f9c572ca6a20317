"""What was paid for a subscription, asked for without a webhook."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import stripe

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe import invoice_events
from subscriptions.infrastructure.payments.stripe.errors import MISSING, PROVIDER, speaking, unreadable
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain_list

_OLDEST: Final = timedelta(days=60)
"""How long before it is paid an invoice may have been drawn up: charges are repeated for weeks."""
_PAGE: Final = 100


async def fetch_payments(wire: Wire, ref: str, since: datetime) -> Sequence[PaymentEvent]:
    """The paid invoices of a subscription as the facts their webhooks bring, the oldest first."""
    if not ref.startswith("sub_"):
        return []
    drawn = int((since - _OLDEST).timestamp())
    async with speaking():
        try:
            answer = await wire.client.v1.invoices.list_async(
                {"subscription": ref, "status": "paid", "created": {"gte": drawn}, "limit": _PAGE}
            )
        except stripe.InvalidRequestError as error:
            if error.code == MISSING:
                return []
            raise
    facts = [_fact(invoice) for invoice in plain_list(answer, "invoices")]
    captured = [fact for fact in facts if fact.kind is PaymentEventKind.PAYMENT_COMPLETED and fact.occurred_at >= since]
    # They come the newest first, which is all that orders those of one second.
    captured.sort(key=lambda fact: fact.occurred_at, reverse=True)
    return captured[::-1]


def _fact(invoice: Node) -> PaymentEvent:
    key = invoice.text("id")
    paid_at = invoice.moment("status_transitions", "paid_at") or invoice.moment("created")
    if key is None or paid_at is None:
        raise unreadable("invoice that was paid")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=f"poll:{key}",
        raw_type="invoice",
        occurred_at=paid_at,
        livemode=invoice.flag("livemode"),
    )
    try:
        return invoice_events.paid(base, invoice)
    except MalformedWebhook:
        raise unreadable("invoice with a payment") from None
