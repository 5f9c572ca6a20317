"""References of Stripe's objects: our order and customer in the metadata, and the payment that an object is about."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.payments.stripe.events import evidence
from subscriptions.infrastructure.providers.reader import Node

_TELEGRAM_ID_DIGITS = 18


def with_references(base: PaymentEvent, *metadata: Node) -> PaymentEvent:
    """Return the event with our order and customer, each taken from the first metadata that contains a value."""
    orders = (node.text("order_id") for node in metadata)
    people = (telegram_id(node) for node in metadata)
    return replace(
        base,
        order_id=next((order for order in orders if order), base.order_id),
        telegram_id=next((person for person in people if person is not None), base.telegram_id),
    )


def telegram_id(metadata: Node) -> int | None:
    """Return the customer's Telegram id in our metadata, which Stripe stores as text; None if there is no valid id."""
    text = metadata.text("telegram_id") or ""
    usable = text.isascii() and text.isdigit() and len(text) <= _TELEGRAM_ID_DIGITS
    return int(text) if usable else None


def with_charge(base: PaymentEvent, source: Node) -> PaymentEvent:
    """Return the event with the payment of the charge that an object is about.

    Old charges name their invoice. Newer charges only name a payment intent, whose invoice must be fetched.
    """
    intent, charge = source.ref("payment_intent"), source.ref("charge")
    return replace(
        with_references(base, source.at("metadata"), source.at("charge", "metadata")),
        about_payment=source.ref("charge", "invoice") or intent or charge,
        evidence=evidence(payment_intent=intent, charge=charge),
    )
