"""Whose an object is: our order and person in its metadata, and the payment it is about."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.payments.stripe.events import evidence
from subscriptions.infrastructure.payments.stripe.reader import Node

_TELEGRAM_ID_DIGITS = 18


def with_references(base: PaymentEvent, *metadata: Node) -> PaymentEvent:
    """The event with our order and person, from the first metadata that names them."""
    orders = (node.text("order_id") for node in metadata)
    people = (telegram_id(node) for node in metadata)
    return replace(
        base,
        order_id=next((order for order in orders if order), base.order_id),
        telegram_id=next((person for person in people if person is not None), base.telegram_id),
    )


def telegram_id(metadata: Node) -> int | None:
    """The person in our metadata; the provider keeps it as text."""
    text = metadata.text("telegram_id") or ""
    usable = text.isascii() and text.isdigit() and len(text) <= _TELEGRAM_ID_DIGITS
    return int(text) if usable else None


def with_charge(base: PaymentEvent, source: Node) -> PaymentEvent:
    """Old charges name their invoice, newer ones only a payment intent: which invoice that paid must be asked."""
    intent, charge = source.ref("payment_intent"), source.ref("charge")
    return replace(
        with_references(base, source.at("metadata"), source.at("charge", "metadata")),
        about_payment=source.ref("charge", "invoice") or intent or charge,
        evidence=evidence(payment_intent=intent, charge=charge),
    )
