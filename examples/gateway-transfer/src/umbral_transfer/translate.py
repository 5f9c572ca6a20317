"""Translation of a verified decision into a payment event."""

import json
from datetime import UTC, datetime
from typing import Any

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    WebhookRequest,
)

PROVIDER = "transfer"
KINDS = {
    "transfer.confirmed": PaymentEventKind.PAYMENT_COMPLETED,
    "transfer.refused": PaymentEventKind.PAYMENT_FAILED,
}


def translate(request: WebhookRequest) -> PaymentEvent:
    """Translate a decision into an event. Raise MalformedWebhook for an invalid body, and no other error."""
    said = _object(request.body)
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=_text(said, "id"),
        raw_type=_text(said, "type"),
        occurred_at=request.received_at,
    )
    kind = KINDS.get(base.raw_type)
    return base if kind is None else _decision(said, base, kind)


def _decision(said: dict[str, Any], base: PaymentEvent, kind: PaymentEventKind) -> PaymentEvent:
    checkout, minor, at = _text(said, "checkout"), said.get("minor"), said.get("at")
    if type(minor) is not int or minor < 0 or type(at) is not int or not 0 < at < 1 << 35:
        raise MalformedWebhook(PROVIDER, "a decision without its amount or its time")
    return PaymentEvent(
        kind=kind,
        provider=PROVIDER,
        event_key=base.event_key,
        raw_type=base.raw_type,
        occurred_at=datetime.fromtimestamp(at, UTC),
        payment_key=checkout if kind is PaymentEventKind.PAYMENT_COMPLETED else None,
        checkout_ref=checkout,
        order_id=_text(said, "order"),
        amount=Money(minor, _text(said, "currency")),
        final=kind is PaymentEventKind.PAYMENT_FAILED,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedWebhook(PROVIDER, "no JSON") from error
    if not isinstance(said, dict):
        raise MalformedWebhook(PROVIDER, "no object")
    return said


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedWebhook(PROVIDER, f"a decision without {name}")
    return value
