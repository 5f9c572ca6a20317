"""What every event has in common: whose it is, and what to do when something needed is not there."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.errors import PROVIDER
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


def ignored(base: PaymentEvent, why: str) -> PaymentEvent:
    """Nothing that concerns us; `why` for whoever reads the inbox."""
    return replace(base, kind=PaymentEventKind.IGNORED, reason=why)


def lacking(base: PaymentEvent, what: str) -> PaymentEvent:
    """An event we need and cannot read. Ours: refused, so that the provider repeats it and shows the failure to the
    operator. Of somebody else on the same account: ignored.
    """
    if base.order_id is not None or base.telegram_id is not None:
        raise MalformedWebhook(PROVIDER, f"{base.raw_type} {base.event_key} has no usable {what}")
    return ignored(base, f"no usable {what}")


def evidence(**names: object) -> dict[str, str]:
    """Provider's names worth keeping; those that are not there are left out."""
    return {name: str(value) for name, value in names.items() if value is not None}
