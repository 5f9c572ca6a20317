"""Our reference at PayPal: `custom_id`, the only field of ours that PayPal returns, with at most 127 characters."""

import re
from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.payments.paypal.errors import unreadable
from subscriptions.infrastructure.providers.reader import Node

_OURS: Final = re.compile(r"(?P<order>[A-Za-z0-9_-]{1,100}):(?P<person>[1-9][0-9]{0,17})\Z", re.ASCII)
_REF: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{2,49}\Z", re.ASCII)
SUBSCRIPTION: Final = "I-"


def custom_id(order_id: str, telegram_id: int) -> str:
    """Return the reference of an order and its customer."""
    return f"{order_id}:{telegram_id}"


def reference(text: str | None) -> tuple[str | None, int | None]:
    """Parse a `custom_id` into order and customer. Return a pair of None if the reference is not ours."""
    match = _OURS.match(text or "")
    return (match["order"], int(match["person"])) if match else (None, None)


def with_reference(event: PaymentEvent, text: str | None) -> PaymentEvent:
    """Return the event with the order and customer of a `custom_id`; unchanged if the reference is not ours."""
    order_id, telegram_id = reference(text)
    if order_id is None:
        return event
    return replace(event, order_id=order_id, telegram_id=telegram_id)


def is_subscription(ref: str) -> bool:
    """Return True if a text is a valid subscription id. Any other text would address another URL at PayPal."""
    return ref.startswith(SUBSCRIPTION) and _REF.match(ref) is not None


def is_id(ref: str) -> bool:
    """Return True if a text is a valid id of an order or transaction."""
    return _REF.match(ref) is not None and not ref.startswith(SUBSCRIPTION)


def approval(resource: Node, what: str) -> str:
    """Return the URL at which the buyer approves a created object."""
    url = link(resource, "approve") or link(resource, "payer-action")
    if url is None:
        raise unreadable(f"{what} with an address to approve it")
    return url


def with_custom_id(base: PaymentEvent, money: Node) -> PaymentEvent:
    """Return the event with the order and customer referenced by a sale, a capture or a refund."""
    return with_reference(base, money.text("custom_id") or money.text("custom"))


def link(source: Node, relation: str) -> str | None:
    """Return the URL with this relation in `links`; None if there is none."""
    hrefs = (each.link("href") for each in source.items("links") if each.text("rel") == relation)
    return next(filter(None, hrefs), None)


def linked_id(source: Node, relation: str, kind: str) -> str | None:
    """Return the id at the end of the URL with this relation, if the URL has this kind: `…/captures/{id}`; otherwise
    None.
    """
    *_, parent, identifier = ["", "", *(link(source, relation) or "").split("/")]
    return identifier if parent == kind and identifier.isalnum() else None
