"""One proven delivery as a provider-neutral fact."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER
from subscriptions.infrastructure.payments.cryptomus.events import ignored, outcome
from subscriptions.infrastructure.payments.cryptomus.reader import Node
from subscriptions.infrastructure.payments.cryptomus.references import (
    References,
    charge_key,
    is_recurrence,
    recurrence_ref,
    references,
)

INVOICE: Final = "payment"
"""The type of what concerns us; there are `wallet` and `payout` besides."""

_NAMING: Final = ("type", "uuid", "status", "txid", "payment_amount", "is_final")


def translate(body: Node, received_at: datetime) -> PaymentEvent:
    """The fact in a delivery. It bears no time of its own: when it happened is the provider's to say when asked.

    Raises MalformedWebhook without type, uuid or status, or where one of ours lacks something.
    """
    kind, uuid, status = body.text("type"), body.text("uuid"), body.text("status")
    if kind is None or uuid is None or status is None:
        raise MalformedWebhook(PROVIDER, "the delivery has no type, uuid or status")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=event_key(body),
        raw_type=f"{kind[:60]}:{status[:60]}",
        occurred_at=received_at,
        checkout_ref=uuid,
    )
    if kind != INVOICE:
        return ignored(base, "not a type that concerns us")
    whose = references(body)
    if whose is None:
        return ignored(base, "bears no reference of ours")
    base = replace(base, order_id=whose.order_id, telegram_id=whose.telegram_id)
    order_id = body.text("order_id")
    if order_id is None or not is_recurrence(order_id):
        return outcome(base, body, uuid)
    return _charge(replace(base, checkout_ref=recurrence_ref(order_id, uuid)), body, order_id, whose)


def event_key(body: Node) -> str:
    """Names what a delivery says, for it has no id of its own: a repeated one has the same."""
    told = [body.at(name) for name in _NAMING]
    plain = [str(value) if isinstance(value, str) else value if isinstance(value, bool) else None for value in told]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def _charge(base: PaymentEvent, body: Node, order_id: str, whose: References) -> PaymentEvent:
    """A charge of a recurring payment: which one is guessed by when it is told, until the provider is asked."""
    key = charge_key(order_id, whose, base.occurred_at)
    event = outcome(base, body, key)
    return replace(event, final=event.final and event.kind is not PaymentEventKind.PAYMENT_FAILED)
