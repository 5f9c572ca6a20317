"""Checkout sessions as facts, from a webhook or fetched with their invoice and subscription expanded."""

from dataclasses import replace

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.facts import evidence, ignored, lacking, with_references
from subscriptions.infrastructure.payments.stripe.invoice_events import paid_period
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.subscription_events import Period, period


def completed(base: PaymentEvent, session: Node) -> PaymentEvent:
    """The customer went through the checkout; whether money moved is said by `payment_status`."""
    base = _refs(base, session)
    status = session.text("payment_status")
    if session.text("mode") == "setup":
        return ignored(base, "a setup session moves no money")
    if status == "unpaid":
        return ignored(base, "the bank has not decided yet; an async_payment event follows")
    if status == "no_payment_required":
        start, end = _period(session)
        return replace(base, kind=PaymentEventKind.SUBSCRIPTION_ACTIVATED, period_start=start, period_end=end)
    if status == "paid":
        return paid(base, session)
    return lacking(base, "payment_status")


def paid(base: PaymentEvent, session: Node) -> PaymentEvent:
    """The money is there, now or after the bank's days."""
    base = _refs(base, session)
    invoice, intent = session.ref("invoice"), session.ref("payment_intent")
    if session.text("mode") == "payment":
        key = intent
    elif invoice is None:
        # Old API versions do not name the invoice; counting the session too would count the money twice.
        return ignored(base, "the session names no invoice; invoice.paid follows")
    else:
        key = invoice
    amount = from_provider(session.number("amount_total"), session.text("currency"))
    if key is None or amount is None:
        return lacking(base, "payment, amount or currency")
    start, end = _period(session)
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_COMPLETED,
        payment_key=key,
        amount=amount,
        tax=_tax(session),
        period_start=start,
        period_end=end,
        evidence=evidence(payment_intent=intent, invoice=invoice),
    )


def failed(base: PaymentEvent, session: Node) -> PaymentEvent:
    """A slow payment was refused by the bank in the end."""
    base = _refs(base, session)
    return replace(base, kind=PaymentEventKind.PAYMENT_FAILED, final=True, reason="the bank refused the payment")


def expired(base: PaymentEvent, session: Node) -> PaymentEvent:
    """Nobody paid in time, or we closed it."""
    return replace(_refs(base, session), kind=PaymentEventKind.CHECKOUT_EXPIRED)


def _refs(base: PaymentEvent, session: Node) -> PaymentEvent:
    event = with_references(base, session.at("metadata"))
    return replace(
        event,
        order_id=event.order_id or session.text("client_reference_id"),
        checkout_ref=session.text("id"),
        subscription_ref=session.ref("subscription"),
        customer_ref=session.ref("customer"),
    )


def _tax(session: Node) -> Money | None:
    if session.flag("automatic_tax", "enabled") is not True:
        return None
    return from_provider(session.number("total_details", "amount_tax"), session.text("currency"))


def _period(session: Node) -> Period:
    """Known only where invoice or subscription were expanded."""
    found = paid_period(session.at("invoice"))
    return found if found[1] is not None else period(session.at("subscription"))
