"""What a delivery does not tell, asked for: whose a charge is, which payment a reversal is about, an approved order."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.errors import Refused
from subscriptions.infrastructure.payments.paypal.money_events import TAKEN_BACK
from subscriptions.infrastructure.payments.paypal.names import PROVIDER
from subscriptions.infrastructure.payments.paypal.orders import complete_approval
from subscriptions.infrastructure.payments.paypal.payments import complete_charge
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_id
from subscriptions.infrastructure.payments.paypal.wire import Wire

_DISPUTES: Final = frozenset([PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED])


async def complete_event(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """The event with what PayPal knows besides; one that lacks nothing comes back as it is. base: the present moment,
    as every fact has it.
    """
    if event.kind is PaymentEventKind.PAYMENT_COMPLETED:
        return await _payment(wire, base, event)
    if event.kind is PaymentEventKind.REFUND:
        placed = event if event.about_payment is not None else await _refund(wire, event)
        return await _unless_disputed(wire, placed) if event.reason == TAKEN_BACK else placed
    lacks = event.kind in _DISPUTES and event.about_payment is None
    return await _dispute(wire, event) if lacks else event


async def _payment(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    if event.payment_key is None:
        return await complete_approval(wire, event)
    if event.subscription_ref is None or (event.order_id is not None and event.period_end is not None):
        return event
    return await complete_charge(wire, base, event)


async def _refund(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """A reversal by a bank names no sale, but PayPal keeps it as a refund, which does (version 1, then 2).

    Raises GatewayRejected where nobody can say what was taken back: a person has to look.
    """
    key = event.payment_key or ""
    old = await found(wire, f"/v1/payments/refund/{key}", key)
    new = await found(wire, f"/v2/payments/refunds/{key}", key) if old is None else None
    about = old.text("sale_id") or old.linked("sale", "sale") if old is not None else None
    about = about or (new.linked("up", "captures") if new is not None else None)
    if about is None and event.reason == TAKEN_BACK:
        problem = (
            f"{event.amount_refunded} was taken back by {key}, which names no payment; see it in PayPal's activity"
        )
        raise GatewayRejected(PROVIDER, problem, code="reversal_without_payment")
    return replace(event, about_payment=about)


async def _unless_disputed(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Nothing more where a dispute tells of the same money: what is taken while it is open may come back with it."""
    query = {"disputed_transaction_id": event.about_payment or ""}
    try:
        found = await wire.get("/v1/customer/disputes", query)
    except (Refused, GatewayAuthError):
        # An app that may not see disputes is told of none either.
        return event
    case = found.text("items", 0, "dispute_id")
    if case is None:
        return event
    return replace(event, kind=PaymentEventKind.IGNORED, reason=f"told by the dispute {case}")


async def _dispute(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    key = event.payment_key or ""
    case = await found(wire, f"/v1/customer/disputes/{key}", key)
    about = case.text("disputed_transactions", 0, "seller_transaction_id") if case is not None else None
    return replace(event, about_payment=about)


async def found(wire: Wire, path: str, key: str) -> Node | None:
    """What stands under a path that ends in a key; None where there is no such."""
    if not is_id(key):
        return None
    try:
        return await wire.get(path)
    except Refused as error:
        if error.status == 404:
            return None
        raise
