"""Conversion of Stripe's disputes, fetched or received by a webhook, to payment events.

https://docs.stripe.com/api/disputes/object
"""

from dataclasses import replace
from typing import Final

import stripe

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, PROVIDER, translate_errors
from subscriptions.infrastructure.payments.stripe.events import evidence, ignore, incomplete
from subscriptions.infrastructure.payments.stripe.references import with_charge
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain
from subscriptions.infrastructure.providers.reader import Node

_PREFIXES: Final = ("dp_", "du_")
"""Prefixes of the ids of older and newer disputes. Any other id would address another URL at Stripe."""
_FUNDS_WITHDRAWN: Final = "charge.dispute.funds_withdrawn"
_OUTCOME: Final = {"won": "won", "lost": "lost", "warning_closed": INQUIRY, "prevented": INQUIRY}


async def fetch_dispute(wire: Wire, clock: Clock, key: str) -> PaymentEvent | None:
    """Return the dispute as the event that its webhook would send now.

    None if the dispute does not exist or the API key lacks the permission for disputes.
    """
    asked_at = clock.now()
    async with translate_errors():
        node = await retrieve_dispute(wire, key)
    if node is None:
        return None
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key="",
        raw_type="dispute",
        occurred_at=asked_at,
        livemode=node.flag("livemode"),
    )
    event = as_it_is(base, node)
    return replace(event, event_key=f"poll:{key}:{event.kind}")


async def retrieve_dispute(wire: Wire, key: str) -> Node | None:
    """Fetch a dispute. Return None if it does not exist or the API key lacks the permission for disputes."""
    if not key.startswith(_PREFIXES):
        return None
    try:
        return plain(await wire.client.v1.disputes.retrieve_async(key), "dispute")
    except stripe.PermissionError:
        # A restricted key may have all other permissions; then only webhooks report disputes.
        return None
    except stripe.InvalidRequestError as error:
        if error.code == MISSING_CODE:
            return None
        raise


def dispute_opened(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event of a new dispute. A bank takes the payment back, or first asks for information in an inquiry."""
    event = _dispute(base, dispute, PaymentEventKind.DISPUTE_OPENED)
    inquiry = (dispute.text("status") or "").startswith("warning_") and base.raw_type != _FUNDS_WITHDRAWN
    return replace(event, reason=INQUIRY) if inquiry and event.kind is PaymentEventKind.DISPUTE_OPENED else event


def dispute_closed(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event of a decided dispute."""
    event = _dispute(base, dispute, PaymentEventKind.DISPUTE_CLOSED)
    if event.kind is not PaymentEventKind.DISPUTE_CLOSED:
        return event
    outcome = _OUTCOME.get(dispute.text("status") or "")
    return replace(event, reason=outcome, final=True) if outcome else incomplete(event, "status")


def fraud_warning(base: PaymentEvent, warning: Node) -> PaymentEvent:
    """Return the event of a bank's fraud warning (https://docs.stripe.com/api/radar/early_fraud_warnings/object).

    A warning that is not `actionable` is about a payment that was already refunded in full or disputed.
    """
    key = warning.text("id")
    if key is None:
        return incomplete(base, "id")
    base = with_charge(base, warning)
    if warning.flag("actionable") is False:
        return ignore(base, "refunded or disputed already")
    kind, fraud = PaymentEventKind.FRAUD_WARNING, warning.text("fraud_type")
    facts = evidence(early_fraud_warning=key, fraud_type=fraud)
    return replace(base, kind=kind, payment_key=key, reason=fraud, evidence={**base.evidence, **facts})


def as_it_is(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event for the dispute's current status."""
    is_decided = (dispute.text("status") or "") in _OUTCOME
    return dispute_closed(base, dispute) if is_decided else dispute_opened(base, dispute)


def _dispute(base: PaymentEvent, dispute: Node, kind: PaymentEventKind) -> PaymentEvent:
    base = with_charge(base, dispute)
    key = dispute.text("id")
    amount = from_provider(dispute.number("amount"), dispute.text("currency"))
    if key is None:
        return incomplete(base, "id")
    return replace(
        base,
        kind=kind,
        payment_key=key,
        amount=amount,
        reason=dispute.text("reason"),
        evidence={**base.evidence, **evidence(dispute=key, status=dispute.text("status"))},
    )
