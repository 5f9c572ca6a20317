"""What became of a dispute, asked for without a webhook (https://docs.stripe.com/api/disputes/object)."""

from dataclasses import replace
from typing import Final

import stripe

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.errors import MISSING, PROVIDER, speaking
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.reversal_events import dispute_as_it_is
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain

_PREFIXES: Final = ("dp_", "du_")
"""Of older disputes and of newer ones; any other name would be another address at the provider."""


async def fetch_dispute(wire: Wire, clock: Clock, key: str) -> PaymentEvent | None:
    """As the fact its webhook would bring now; None where there is no such, or our key may not see disputes."""
    asked_at = clock.now()
    async with speaking():
        found = await _retrieve(wire, key)
    if found is None:
        return None
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key="",
        raw_type="dispute",
        occurred_at=asked_at,
        livemode=found.flag("livemode"),
    )
    event = dispute_as_it_is(base, found)
    return replace(event, event_key=f"poll:{key}:{event.kind}")


async def _retrieve(wire: Wire, key: str) -> Node | None:
    if not key.startswith(_PREFIXES):
        return None
    try:
        return plain(await wire.client.v1.disputes.retrieve_async(key), "dispute")
    except stripe.PermissionError:
        # A restricted key may do all else without it; then what webhooks tell has to do.
        return None
    except stripe.InvalidRequestError as error:
        if error.code == MISSING:
            return None
        raise
