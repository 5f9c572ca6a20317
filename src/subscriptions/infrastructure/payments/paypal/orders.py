"""Orders, for plans that are paid once: fetched, and their money taken once the buyer has agreed."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import CheckoutState, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.errors import Refused, unreadable
from subscriptions.infrastructure.payments.paypal.order_events import capture_of, captured
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.wire import Wire

_PENDING = "PENDING"


async def fetch_order(wire: Wire, base: PaymentEvent, ref: str) -> CheckoutState | None:
    """The order's state; one that was approved is captured first. None where there is no such."""
    order = await settled(wire, ref)
    if order is None:
        return None
    event = captured(base, order)
    return CheckoutState(
        paid=event is not None,
        expired=order.text("status") == "VOIDED",
        event=event,
        pending=event is None and capture_of(order).text("status") == _PENDING,
    )


async def complete_approval(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """The payment that an approval led to. Without one: refused, or still with the bank, which is told later."""
    order = await settled(wire, event.checkout_ref or "")
    paid = captured(event, order) if order is not None else None
    if paid is not None:
        return paid
    status = capture_of(order).text("status") if order is not None else None
    if order is None or status == _PENDING:
        why = "the order is gone" if order is None else "the bank has not decided yet; another event follows"
        return replace(event, kind=PaymentEventKind.IGNORED, reason=why)
    return replace(event, kind=PaymentEventKind.PAYMENT_FAILED, reason="the means of payment was refused")


async def settled(wire: Wire, ref: str) -> Node | None:
    """The order after its money was taken, where the buyer has agreed. Repeating it takes nothing twice."""
    order = await _retrieve(wire, ref)
    if order is None or order.text("status") != "APPROVED" or order.text("intent") not in {None, "CAPTURE"}:
        return order
    # A buyer whose means of payment was refused approves again: that is another attempt, under another key.
    key = f"capture:{ref}:{order.text('update_time') or ''}"
    try:
        return await wire.post(f"/v2/checkout/orders/{ref}/capture", {}, request_id=key)
    except Refused:
        # Taken by somebody else at the same moment, or refused by the bank: the order tells which.
        return await _retrieve(wire, ref)


async def _retrieve(wire: Wire, ref: str) -> Node | None:
    if not is_id(ref):
        return None
    try:
        order = await wire.get(f"/v2/checkout/orders/{ref}")
    except Refused as error:
        if error.status == 404:
            return None
        raise
    if order.text("id") is None:
        raise unreadable("order")
    return order
