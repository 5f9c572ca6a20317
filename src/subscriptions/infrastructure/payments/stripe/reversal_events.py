"""Refunds and disputes as facts: money that goes back, each under its own key."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.facts import evidence, ignored, lacking, with_references
from subscriptions.infrastructure.payments.stripe.reader import Node

_NOT_GIVEN: Final = frozenset(["failed", "canceled"])
_FUNDS_WITHDRAWN: Final = "charge.dispute.funds_withdrawn"
_OUTCOME: Final = {"won": "won", "lost": "lost", "warning_closed": INQUIRY, "prevented": INQUIRY}


def refunded(base: PaymentEvent, refund: Node) -> PaymentEvent:
    """Money went back, or is on its way; a refund that fails later is `reversed`."""
    base = _refs(base, refund)
    key = refund.text("id")
    amount = from_provider(refund.number("amount"), refund.text("currency"))
    if key is None or amount is None:
        return lacking(base, "id, amount or currency")
    back = base.raw_type == "refund.failed" or refund.text("status") in _NOT_GIVEN
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        payment_key=key,
        amount_refunded=amount,
        reason="reversed" if back else refund.text("reason"),
        evidence={**base.evidence, **evidence(refund=key, status=refund.text("status"))},
    )


def dispute_opened(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """A bank takes the money back for its customer, or (an inquiry) asks first."""
    event = _dispute(base, dispute, PaymentEventKind.DISPUTE_OPENED)
    inquiry = (dispute.text("status") or "").startswith("warning_") and base.raw_type != _FUNDS_WITHDRAWN
    return replace(event, reason=INQUIRY) if inquiry and event.kind is PaymentEventKind.DISPUTE_OPENED else event


def dispute_closed(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """The bank has decided."""
    event = _dispute(base, dispute, PaymentEventKind.DISPUTE_CLOSED)
    if event.kind is not PaymentEventKind.DISPUTE_CLOSED:
        return event
    outcome = _OUTCOME.get(dispute.text("status") or "")
    return replace(event, reason=outcome, final=True) if outcome else lacking(event, "status")


def dispute_as_it_is(base: PaymentEvent, dispute: Node) -> PaymentEvent:
    """The one of the two that a dispute's present status is."""
    closed = (dispute.text("status") or "") in _OUTCOME
    return dispute_closed(base, dispute) if closed else dispute_opened(base, dispute)


def _dispute(base: PaymentEvent, dispute: Node, kind: PaymentEventKind) -> PaymentEvent:
    base = _refs(base, dispute)
    key = dispute.text("id")
    amount = from_provider(dispute.number("amount"), dispute.text("currency"))
    if key is None:
        return lacking(base, "id")
    return replace(
        base,
        kind=kind,
        payment_key=key,
        amount=amount,
        reason=dispute.text("reason"),
        evidence={**base.evidence, **evidence(dispute=key, status=dispute.text("status"))},
    )


def _refs(base: PaymentEvent, source: Node) -> PaymentEvent:
    """Old charges name their invoice, newer ones only a payment intent: which invoice that paid must be asked."""
    intent, charge = source.ref("payment_intent"), source.ref("charge")
    return replace(
        with_references(base, source.at("metadata"), source.at("charge", "metadata")),
        about_payment=source.ref("charge", "invoice") or intent or charge,
        evidence=evidence(payment_intent=intent, charge=charge),
    )


def charge_refunded(base: PaymentEvent, charge: Node) -> PaymentEvent:
    """A running total without the single refund's id; the refund events carry both."""
    return ignored(base, f"told by the refund events ({charge.text('id') or 'no id'})")
