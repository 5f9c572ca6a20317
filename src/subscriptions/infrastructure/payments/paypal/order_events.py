"""Events about orders as facts, and what became of an order that was fetched."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.event_facts import ignored, lacking
from subscriptions.infrastructure.payments.paypal.money_events import capture_completed
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_id, with_reference

_UNIT: Final = ("purchase_units", 0)
_CAPTURED: Final = frozenset(["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"])


def approved(base: PaymentEvent, order: Node) -> PaymentEvent:
    """The buyer agreed; the money is still to be taken, which is done when the event is completed.

    Orders of other products on the same account are left alone: theirs are not ours to capture.
    """
    base, ref = _refs(base, order), order.text("id")
    if base.order_id is None:
        return ignored(base, "an order that is none of ours")
    if ref is None or not is_id(ref):
        return lacking(base, "id")
    return replace(base, kind=PaymentEventKind.PAYMENT_COMPLETED, checkout_ref=ref)


def lapsed(base: PaymentEvent, order: Node) -> PaymentEvent:
    """The approval ran out before the money was taken, or the order was called off."""
    base = _refs(base, order)
    ref = order.text("order_id") or order.text("id")
    if ref is None:
        return lacking(base, "id")
    return replace(base, kind=PaymentEventKind.CHECKOUT_EXPIRED, checkout_ref=ref)


def completed(base: PaymentEvent, order: Node) -> PaymentEvent:
    """The captures tell of the money, each under its own key."""
    return ignored(base, f"told by the capture ({order.text('id') or 'no id'})")


def captured(base: PaymentEvent, order: Node) -> PaymentEvent | None:
    """The payment in a fetched order, as the webhook of its capture tells it; None while there is none.

    An order can be COMPLETED by a capture that was declined (Checkout-NodeJS-SDK#46): only the capture's word counts.
    """
    capture = capture_of(order)
    if capture.text("status") not in _CAPTURED:
        return None
    event = capture_completed(replace(_refs(base, order), checkout_ref=order.text("id")), capture)
    if event.kind is not PaymentEventKind.PAYMENT_COMPLETED:
        return None
    return replace(event, checkout_ref=order.text("id"), customer_ref=order.text("payer", "payer_id"))


def capture_of(order: Node) -> Node:
    """The order's capture; one that went through before one that did not."""
    captures = list(order.items(*_UNIT, "payments", "captures"))
    good = (each for each in captures if each.text("status") in _CAPTURED)
    return next(good, captures[-1] if captures else Node(None))


def _refs(base: PaymentEvent, order: Node) -> PaymentEvent:
    return with_reference(base, order.text(*_UNIT, "custom_id") or order.text("custom_id"))
