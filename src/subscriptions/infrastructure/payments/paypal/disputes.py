"""Disputes (Customer Disputes v1), translated to events from a fetch or a webhook.

An inquiry is a conversation between buyer and seller. Money is at stake only after the inquiry becomes a claim.
"""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import (
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.paypal.amounts import read_amount
from subscriptions.infrastructure.payments.paypal.errors import NotPermitted
from subscriptions.infrastructure.payments.paypal.events import evidence, ignore, incomplete, not_on_record
from subscriptions.infrastructure.payments.paypal.references import is_id, with_reference
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

DISPUTES: Final = "/v1/customer/disputes"
_INQUIRY_STAGE: Final = "INQUIRY"
_RESOLVED: Final = "RESOLVED"
_OUTCOME: Final = {
    "RESOLVED_BUYER_FAVOUR": "lost",
    "RESOLVED_BUYER_FAVOR": "lost",
    "ACCEPTED": "lost",
    "RESOLVED_SELLER_FAVOUR": "won",
    "RESOLVED_SELLER_FAVOR": "won",
    "CANCELED_BY_BUYER": "won",
    "DENIED": "won",
    # PayPal paid the buyer from its own funds, so the seller keeps the money.
    "RESOLVED_WITH_PAYOUT": "won",
    "NONE": INQUIRY,
}


async def fetch_dispute(wire: Wire, base: PaymentEvent, key: str) -> PaymentEvent | None:
    """Return the dispute as the event that its webhook would send now. Return None if the dispute does not exist, is
    unreadable or has no effect on our payments, or if the app may not read disputes.

    base: event with the current timestamp
    """
    try:
        case = await find_case(wire, key)
    except NotPermitted:
        # An app without the permission for disputes cannot fetch any.
        return None
    if case is None:
        return None
    try:
        event = as_it_is(base, case)
    except MalformedWebhook:
        # The outcome is unknown. The dispute's webhook is refused as well, which the operator sees at PayPal.
        return None
    if event.kind is PaymentEventKind.IGNORED:
        return None
    return replace(event, event_key=f"poll:{key}:{event.kind}")


def dispute_opened(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event of a new dispute. PayPal or a bank may take the payment back."""
    event = _dispute(base, dispute, PaymentEventKind.DISPUTE_OPENED)
    inquiry = dispute.text("dispute_life_cycle_stage") == _INQUIRY_STAGE
    return replace(event, reason=INQUIRY) if inquiry and event.kind is PaymentEventKind.DISPUTE_OPENED else event


def dispute_updated(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event of an inquiry that became a claim. Other updates, such as messages, are ignored."""
    if dispute.text("dispute_life_cycle_stage") == _INQUIRY_STAGE or dispute.text("status") == _RESOLVED:
        return ignore(base, "nothing changed about the money")
    return dispute_opened(base, dispute)


def dispute_resolved(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event of a decided dispute."""
    event = _dispute(base, dispute, PaymentEventKind.DISPUTE_CLOSED)
    if event.kind is not PaymentEventKind.DISPUTE_CLOSED:
        return event
    outcome = _OUTCOME.get(dispute.text("dispute_outcome", "outcome_code") or "NONE")
    if outcome is None:
        return incomplete(event, "outcome")
    event = replace(event, reason=outcome, final=True)
    return _with_decided_amount(event, dispute) if outcome == "lost" else event


def _with_decided_amount(event: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Set the amount that the decision returns to the buyer. PayPal reports this amount as a refund too.

    The amount may be less than the disputed amount
    (https://developer.paypal.com/api/customer-disputes/v1/definitions/dispute_outcome). A decision without a refund
    counts as won.
    """
    decided_amount = read_amount(dispute.at("dispute_outcome", "amount_refunded"))
    if decided_amount is None:
        return event
    if not decided_amount.minor:
        return replace(event, reason="won")
    return replace(event, amount=decided_amount, amount_refunded=decided_amount)


def as_it_is(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event for the dispute's current status."""
    return dispute_resolved(base, dispute) if dispute.text("status") == _RESOLVED else dispute_opened(base, dispute)


def summarize(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """Return the event for the summary of a listed dispute, which lacks the outcome."""
    if dispute.text("status") == _RESOLVED:
        payment_event = _dispute(base, dispute, PaymentEventKind.DISPUTE_CLOSED)
        return replace(payment_event, raw_type="CUSTOMER.DISPUTE.RESOLVED")
    event = dispute_opened(replace(base, raw_type="CUSTOMER.DISPUTE.CREATED"), dispute)
    return event if event.reason == INQUIRY else replace(event, reason=None)


def _dispute(base: PaymentEvent, dispute: Node, kind: PaymentEventKind) -> PaymentEvent:
    transaction = dispute.at("disputed_transactions", 0)
    key, payment = dispute.text("dispute_id"), transaction.text("seller_transaction_id")
    base = with_reference(base, transaction.text("custom"))
    if key is None:
        return incomplete(base, "id")
    return replace(
        base,
        kind=kind,
        payment_key=key,
        about_payment=payment if payment is not None and is_id(payment) else None,
        amount=read_amount(dispute.at("dispute_amount")),
        reason=dispute.text("reason"),
        evidence=evidence(dispute=key, status=dispute.text("status"), stage=dispute.text("dispute_life_cycle_stage")),
    )


async def dispute_on_record(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """Return the event of the dispute that a webhook names, as fetched from PayPal.

    base: the webhook's event without its claims

    Raises GatewayRejected if the dispute does not exist, and NotPermitted if the app lacks the permission for disputes.
    """
    case = await find_case(wire, event.payment_key or "")
    if case is None:
        raise not_on_record(event, "dispute")
    return as_it_is(base, case)


async def find_case(wire: Wire, key: str) -> Node | None:
    """Fetch a dispute. Return None if it does not exist. Raises NotPermitted if the app lacks the permission for
    disputes.
    """
    return await wire.find(f"{DISPUTES}/{key}") if is_id(key) else None
