"""Events about money as facts: sales of subscriptions (version 1) and captures of orders (version 2)."""

from dataclasses import replace
from typing import Final

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.amounts import read_amount, without_sign
from subscriptions.infrastructure.payments.paypal.event_facts import evidence, ignored, lacking
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_id, is_subscription, with_reference

TAKEN_BACK: Final = "chargeback"
_NOT_GIVEN: Final = frozenset(["FAILED", "CANCELLED"])
_NOT_OURS: Final = "a sale without a subscription is none of ours"


def sale_completed(base: PaymentEvent, sale: Node) -> PaymentEvent:
    """A subscription's charge went through; whose it is and for which period must be asked."""
    base = _sale(base, sale)
    if base.subscription_ref is None:
        return ignored(base, _NOT_OURS)
    if (sale.text("state") or "completed").lower() == "pending":
        return ignored(base, "the bank has not decided yet; another event follows")
    return _paid(base, sale)


def sale_denied(base: PaymentEvent, sale: Node) -> PaymentEvent:
    """A charge that was pending did not go through."""
    base = _sale(base, sale)
    return _failed(base, sale) if base.subscription_ref is not None else ignored(base, _NOT_OURS)


def capture_completed(base: PaymentEvent, capture: Node) -> PaymentEvent:
    """An order's money is there, now or after the bank's days."""
    return _paid(_capture(base, capture), capture)


def capture_denied(base: PaymentEvent, capture: Node) -> PaymentEvent:
    """A capture that was pending did not go through; there is no second one for its order."""
    event = _failed(_capture(base, capture), capture)
    return replace(event, final=event.kind is PaymentEventKind.PAYMENT_FAILED)


def capture_declined(base: PaymentEvent, capture: Node) -> PaymentEvent:
    """The means of payment was refused; the buyer may choose another."""
    return _failed(_capture(base, capture), capture)


def pending(base: PaymentEvent, money: Node) -> PaymentEvent:
    """The bank has not decided."""
    return ignored(base, f"the bank has not decided yet ({money.text('status_details', 'reason') or 'pending'})")


def refunded(base: PaymentEvent, refund: Node) -> PaymentEvent:
    """Money went back: the resource is the refund, the payment it is about stands in it or in its links."""
    base = _refs(base, refund)
    key, amount = refund.text("id"), without_sign(read_amount(refund.at("amount")))
    if key is None or amount is None:
        return lacking(base, "id or amount")
    state = (refund.text("status") or refund.text("state") or "").upper()
    back = base.raw_type.endswith(".FAILED") or state in _NOT_GIVEN
    about = refund.text("sale_id") or refund.linked("sale", "sale") or refund.linked("up", "captures")
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        payment_key=key,
        about_payment=about if about is not None and is_id(about) else None,
        amount_refunded=amount,
        reason="reversed" if back else refund.text("refund_reason_code") or refund.text("status_details", "reason"),
        evidence=evidence(refund=key, status=state or None, parent=refund.text("parent_payment")),
    )


def reversed_by_bank(base: PaymentEvent, refund: Node) -> PaymentEvent:
    """PayPal or a bank took the money back. The word `reversed` would mean that it is ours again."""
    event = refunded(base, refund)
    return replace(event, reason=TAKEN_BACK) if event.kind is PaymentEventKind.REFUND else event


def _paid(base: PaymentEvent, money: Node) -> PaymentEvent:
    key, amount = money.text("id"), read_amount(money.at("amount"))
    if key is None or not is_id(key) or amount is None or amount.minor <= 0:
        return lacking(base, "id or amount")
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_COMPLETED,
        payment_key=key,
        amount=amount,
        occurred_at=money.moment("create_time") or base.occurred_at,
        evidence=evidence(transaction=key, parent=money.text("parent_payment")),
    )


def _failed(base: PaymentEvent, money: Node) -> PaymentEvent:
    key = money.text("id")
    if key is None:
        return lacking(base, "id")
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_FAILED,
        payment_key=key,
        amount=read_amount(money.at("amount")),
        reason=money.text("reason_code") or money.text("status_details", "reason"),
        evidence=evidence(transaction=key),
    )


def _refs(base: PaymentEvent, money: Node) -> PaymentEvent:
    return with_reference(base, money.text("custom_id") or money.text("custom"))


def _sale(base: PaymentEvent, sale: Node) -> PaymentEvent:
    agreement = sale.text("billing_agreement_id")
    ref = agreement if agreement is not None and is_subscription(agreement) else None
    # The checkout of a subscription is the subscription.
    return replace(_refs(base, sale), subscription_ref=ref, checkout_ref=ref)


def _capture(base: PaymentEvent, capture: Node) -> PaymentEvent:
    order = capture.text("supplementary_data", "related_ids", "order_id") or capture.linked("up", "orders")
    return replace(_refs(base, capture), checkout_ref=order)
