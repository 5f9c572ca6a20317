"""Events about subscriptions as facts. None of them carries money: that is told by the sale."""

from dataclasses import replace

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.paypal.amounts import read_amount
from subscriptions.infrastructure.payments.paypal.event_facts import evidence, ignored, lacking
from subscriptions.infrastructure.payments.paypal.reader import Node
from subscriptions.infrastructure.payments.paypal.references import is_subscription, with_reference
from subscriptions.infrastructure.payments.paypal.subscription_facts import ends_by_us, failed_payments, raw_status


def created(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Somebody opened the page; nothing is approved yet."""
    return ignored(base, f"not approved yet ({subscription.text('id') or 'no id'})")


def activated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """The buyer approved it. Counts as time only where nothing is to be paid for that."""
    return _described(base, subscription, PaymentEventKind.SUBSCRIPTION_ACTIVATED)


def reactivated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """It rested and goes on: no second trial begins."""
    return replace(_described(base, subscription, PaymentEventKind.SUBSCRIPTION_ACTIVATED), is_renewal=True)


def updated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Anything about it changed."""
    return _described(base, subscription, PaymentEventKind.SUBSCRIPTION_UPDATED)


def suspended(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """It rests: because a customer of ours canceled, or the seller or PayPal said so."""
    ours, ends_at = ends_by_us(subscription)
    if not ours:
        return _described(base, subscription, PaymentEventKind.SUBSCRIPTION_PAUSED)
    return replace(_described(base, subscription, PaymentEventKind.SUBSCRIPTION_UPDATED), cancel_at=ends_at)


def ended(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Canceled by the buyer, the seller or PayPal, or run out; what was paid for stays paid for."""
    event = _described(base, subscription, PaymentEventKind.SUBSCRIPTION_CANCELED)
    if event.kind is not PaymentEventKind.SUBSCRIPTION_CANCELED:
        return event
    return replace(event, final=True, reason=subscription.text("status_change_note"))


def payment_failed(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """A charge was refused. PayPal tries again some days later, and suspends when that fails as well."""
    failure = subscription.at("billing_info", "last_failed_payment")
    event = _described(base, subscription, PaymentEventKind.PAYMENT_FAILED)
    if event.kind is not PaymentEventKind.PAYMENT_FAILED:
        return event
    retry = failure.moment("next_payment_retry_time")
    told = evidence(attempt=failed_payments(subscription), next_attempt=retry.isoformat() if retry else None)
    return replace(
        event,
        amount=read_amount(failure.at("amount")),
        reason=failure.text("reason_code"),
        evidence={**event.evidence, **told},
    )


def _described(base: PaymentEvent, subscription: Node, kind: PaymentEventKind) -> PaymentEvent:
    base = with_reference(base, subscription.text("custom_id"))
    ref = subscription.text("id")
    if ref is None or not is_subscription(ref):
        return lacking(base, "id")
    return replace(
        base,
        kind=kind,
        subscription_ref=ref,
        # The checkout of a subscription is the subscription.
        checkout_ref=ref,
        customer_ref=subscription.text("subscriber", "payer_id"),
        evidence=evidence(status=raw_status(subscription) or None, plan=subscription.text("plan_id")),
    )
