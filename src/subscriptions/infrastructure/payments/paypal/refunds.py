"""Refunds of sales (API version 1) and of captures (version 2). The ids of both have the same form, so both versions
are tried.
"""

from dataclasses import replace
from typing import Any, Final

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import TAKEN_BACK
from subscriptions.domain.ports.payment_gateway import GatewayAuthError, GatewayRejected, PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.amounts import amount as new_amount
from subscriptions.infrastructure.payments.paypal.amounts import old_amount, read_amount, without_sign
from subscriptions.infrastructure.payments.paypal.errors import PROVIDER, Refusal
from subscriptions.infrastructure.payments.paypal.events import evidence, incomplete, not_on_record
from subscriptions.infrastructure.payments.paypal.references import (
    is_id,
    linked_id,
    with_custom_id,
)
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

_DONE_BEFORE: Final = frozenset(["TRANSACTION_ALREADY_REFUNDED", "CAPTURE_FULLY_REFUNDED"])
_NOT_GIVEN: Final = frozenset(["FAILED", "CANCELLED"])
_OURS_AGAIN: Final = "reversed"


async def refund_payment(wire: Wire, payment_key: str, amount: Money | None, idempotency_key: str) -> bool:
    """Refund a payment.

    Return True if the refund is completed or pending, or was made before, and False if the payment is unknown or the
    refund fails.
    """
    if not is_id(payment_key):
        return False
    sale: dict[str, Any] = {} if amount is None else {"amount": old_amount(amount)}
    is_given = await _refund(wire, f"/v1/payments/sale/{payment_key}/refund", sale, f"{idempotency_key}:sale")
    if is_given is not None:
        return is_given
    capture: dict[str, Any] = {} if amount is None else {"amount": new_amount(amount)}
    path = f"/v2/payments/captures/{payment_key}/refund"
    return await _refund(wire, path, capture, f"{idempotency_key}:capture") or False


async def _refund(wire: Wire, path: str, body: dict[str, Any], key: str) -> bool | None:
    """Request a refund. Return None if no payment of this kind has the id."""
    try:
        refund = await wire.post(path, body, request_id=key)
    except Refusal as error:
        if error.code in _DONE_BEFORE:
            return True
        if error.status == 404:
            return None
        raise
    return (refund.text("status") or refund.text("state") or "").upper() not in _NOT_GIVEN


async def refund_on_record(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """Return the event of the refund that a webhook names, as fetched from PayPal: by API version 1 for a sale, by
    version 2 for a capture. A bank's reversal names no sale, but PayPal also stores the reversal as a refund, which
    names the sale.

    `base`: the webhook's event without its claims.

    Raises GatewayRejected if the refund does not exist, or if the reversed payment is unknown and needs manual review.
    """
    key = event.payment_key or ""
    is_known = is_id(key)
    old = await wire.find(f"/v1/payments/refund/{key}") if is_known else None
    node = old or (await wire.find(f"/v2/payments/refunds/{key}") if is_known else None)
    if node is None and event.reason != TAKEN_BACK:
        raise not_on_record(event, "refund")
    payment_event = _refund_of(base, node) if node is not None else base
    if node is not None and payment_event.reason != _OURS_AGAIN:
        payment_event = replace(
            payment_event,
            occurred_at=min(node.moment("create_time") or payment_event.occurred_at, payment_event.occurred_at),
        )
    if event.reason != TAKEN_BACK:
        return payment_event
    if payment_event.about_payment is None:
        problem = (
            f"{event.amount_refunded} was taken back by {key}, which names no payment; see it in PayPal's activity"
        )
        raise GatewayRejected(PROVIDER, problem, code="reversal_without_payment")
    return replace(payment_event, reason=TAKEN_BACK)


async def unless_disputed(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return an ignored event for a reversal if a dispute covers the same money, which may be returned while the
    dispute is open.
    """
    query = {"disputed_transaction_id": event.about_payment or ""}
    try:
        node = await wire.get("/v1/customer/disputes", query)
    except (Refusal, GatewayAuthError):
        # An app without the permission for disputes cannot fetch any.
        return event
    case = node.text("items", 0, "dispute_id")
    if case is None:
        return event
    return replace(event, kind=PaymentEventKind.IGNORED, reason=f"told by the dispute {case}")


def payment_refunded(base: PaymentEvent, refund: Node) -> PaymentEvent:
    """Return the event of a refund. The webhook's object is the refund, and the payment is in a field or in
    the links.
    """
    event = _refund_of(base, refund)
    is_failed = base.raw_type.endswith(".FAILED") and event.kind is PaymentEventKind.REFUND
    return replace(event, reason=_OURS_AGAIN) if is_failed else event


def _refund_of(base: PaymentEvent, refund: Node) -> PaymentEvent:
    base = with_custom_id(base, refund)
    key, amount = refund.text("id"), without_sign(read_amount(refund.at("amount")))
    if key is None or amount is None:
        return incomplete(base, "id or amount")
    state = (refund.text("status") or refund.text("state") or "").upper()
    payment_ref = refund.text("sale_id") or linked_id(refund, "sale", "sale") or linked_id(refund, "up", "captures")
    reason = refund.text("refund_reason_code") or refund.text("status_details", "reason")
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        payment_key=key,
        about_payment=payment_ref if payment_ref is not None and is_id(payment_ref) else None,
        amount_refunded=amount,
        reason=_OURS_AGAIN if state in _NOT_GIVEN else reason,
        evidence=evidence(refund=key, status=state or None, parent=refund.text("parent_payment")),
    )


def reversed_by_bank(base: PaymentEvent, refund: Node) -> PaymentEvent:
    """Return the event of a reversal by PayPal or a bank. The reason `reversed` is not used here, because in an event
    that reason means that the money was returned to us.
    """
    event = payment_refunded(base, refund)
    return replace(event, reason=TAKEN_BACK) if event.kind is PaymentEventKind.REFUND else event
