"""Payments of invoices, translated to events from a fetch or a webhook. An invoice has one of two formats:
`subscription` (old) or `parent` (since API version basil).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import stripe

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import CONFIRMATION, PLAN_CHANGE
from subscriptions.domain.ports.payment_gateway import MalformedWebhook, PaymentEvent, PaymentEventKind
from subscriptions.domain.services.vat import country_of
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, PROVIDER, translate_errors, unreadable
from subscriptions.infrastructure.payments.stripe.events import evidence, ignore, incomplete
from subscriptions.infrastructure.payments.stripe.references import with_references
from subscriptions.infrastructure.payments.stripe.subscriptions import Period, is_proration
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain_list
from subscriptions.infrastructure.providers.reader import Node

_PAGE: Final = 100

_NEW = ("parent", "subscription_details")
_NO_SUBSCRIPTION = "an invoice without a subscription is none of ours"

_FIRST_INVOICE: Final = "subscription_create"
_OLDEST: Final = timedelta(days=60)
"""Maximum time between the creation of an invoice and its payment: charges are retried for weeks."""


async def fetch_payments(wire: Wire, ref: str, start: datetime) -> Sequence[PaymentEvent]:
    """Return the paid invoices of a subscription as the events that their webhooks would send, the oldest first."""
    if not ref.startswith("sub_"):
        return []
    drawn_since = int((start - _OLDEST).timestamp())
    async with translate_errors():
        try:
            answer = await wire.client.v1.invoices.list_async(
                {"subscription": ref, "status": "paid", "created": {"gte": drawn_since}, "limit": _PAGE}
            )
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return []
            raise
    facts = [_fact(invoice) for invoice in plain_list(answer, "invoices")]
    captured_facts = [
        fact for fact in facts if fact.kind is PaymentEventKind.PAYMENT_COMPLETED and fact.occurred_at >= start
    ]
    # Stripe lists the newest first. This order is the only one between invoices of the same second.
    captured_facts.sort(key=lambda fact: fact.occurred_at, reverse=True)
    return captured_facts[::-1]


def _fact(invoice: Node) -> PaymentEvent:
    key = invoice.text("id")
    paid_at = invoice.moment("status_transitions", "paid_at") or invoice.moment("created")
    if key is None or paid_at is None:
        raise unreadable("invoice that was paid")
    base = PaymentEvent(
        kind=PaymentEventKind.IGNORED,
        provider=PROVIDER,
        event_key=f"poll:{key}",
        raw_type="invoice",
        occurred_at=paid_at,
        livemode=invoice.flag("livemode"),
    )
    try:
        return invoice_paid(base, invoice)
    except MalformedWebhook:
        raise unreadable("invoice with a payment") from None


def subscription_of(invoice: Node) -> str | None:
    """Return the subscription of an invoice; None if there is none. If an invoice has both formats, the new format
    takes precedence.
    """
    from_line = (line_subscription(line) for line in invoice.items("lines"))
    return invoice.ref(*_NEW, "subscription") or invoice.ref("subscription") or next(filter(None, from_line), None)


def line_subscription(line: Node) -> str | None:
    """Return the subscription of an invoice line; None if the line belongs to none."""
    return line.ref("parent", "subscription_item_details", "subscription") or line.ref("subscription")


def paid_period(invoice: Node) -> Period:
    """Return the period that the subscription's lines pay for, or a pair of None if the lines only settle a plan
    change.

    `invoice.period_end` is not used, because it belongs to the period in which the lines were collected, which is the
    previous one.
    """
    latest: Period = (None, None)
    for line in invoice.items("lines"):
        end = line.moment("period", "end")
        if end is None or line_subscription(line) is None or is_proration(line):
            continue
        if latest[1] is None or end > latest[1]:
            latest = (line.moment("period", "start"), end)
    return latest


def with_invoice(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """Return the event with the references of an invoice: our order and customer, and the subscription."""
    paths = [invoice.at(*_NEW, "metadata"), invoice.at("subscription_details", "metadata"), invoice.at("metadata")]
    paths += [line.at("metadata") for line in invoice.items("lines")]
    return replace(
        with_references(base, *paths),
        subscription_ref=subscription_of(invoice),
        customer_ref=invoice.ref("customer"),
    )


def invoice_paid(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """Return the event of a paid invoice: a first payment, a renewal, a plan change, or an amount of zero, as for a
    trial.
    """
    base = with_invoice(base, invoice)
    if base.subscription_ref is None:
        return ignore(base, _NO_SUBSCRIPTION)
    amount = _amount(invoice, "amount_paid")
    key = invoice.text("id")
    if amount is None or key is None:
        return incomplete(base, "id, amount or currency")
    start, end = paid_period(invoice)
    reason = invoice.text("billing_reason")
    regular, reduction = _period_price(invoice, amount)
    free = amount.minor == 0 and not (regular is not None and regular.minor > 0)
    if free and reason == "subscription_update":
        # The trial was moved or a plan change cost nothing, so no new period begins.
        return replace(base, kind=PaymentEventKind.SUBSCRIPTION_UPDATED, evidence=evidence(invoice=key))
    if not free and end is None and reason == "subscription_update":
        reason = PLAN_CHANGE
    return replace(
        base,
        kind=PaymentEventKind.SUBSCRIPTION_ACTIVATED if free else PaymentEventKind.PAYMENT_COMPLETED,
        payment_key=None if free else key,
        amount=amount if not free or reason == "subscription_cycle" else None,
        regular=None if free else regular,
        reduction=None if free else reduction,
        tax=None if free else _tax(invoice),
        country=country_of(invoice.text("customer_address", "country")),
        period_start=start,
        period_end=end,
        reason=reason,
        is_renewal=reason == "subscription_cycle",
        evidence=evidence(invoice=key, payment_intent=_intent(invoice)),
    )


def payment_failed(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """Return the event of a refused charge. The event is final if no retry is planned.

    The failure of a first invoice is never final, because the customer may try another card until the checkout expires.
    """
    event = _failure(base, invoice)
    if event.kind is not PaymentEventKind.PAYMENT_FAILED:
        return event
    reason = invoice.text("billing_reason")
    retry = invoice.moment("next_payment_attempt")
    retry_evidence = evidence(**event.evidence, next_attempt=retry.isoformat() if retry else None)
    return replace(event, final=retry is None and reason != _FIRST_INVOICE, reason=reason, evidence=retry_evidence)


def action_required(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """Return the event of a charge that the customer must confirm with the bank, on the invoice's page."""
    event = _failure(base, invoice)
    return replace(event, reason=CONFIRMATION) if event.kind is PaymentEventKind.PAYMENT_FAILED else event


def _failure(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    base = with_invoice(base, invoice)
    if base.subscription_ref is None:
        return ignore(base, _NO_SUBSCRIPTION)
    key = invoice.text("id")
    if key is None:
        return incomplete(base, "id")
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_FAILED,
        payment_key=key,
        amount=_amount(invoice, "amount_due"),
        is_renewal=invoice.text("billing_reason") == "subscription_cycle",
        evidence=evidence(invoice=key, attempt=invoice.number("attempt_count")),
    )


def _period_price(invoice: Node, paid_amount: Money) -> tuple[Money | None, Money | None]:
    """Return the price of the lines of the period itself and the reduction of the charge, or a pair of None if the paid
    amount equals the price.

    The sum of these lines differs from the paid amount if the invoice also settles a plan change or an extra item, or
    if a credit balance or a discount, which is not in any line, reduced the paid amount. A first invoice is compared
    with the amount of its checkout, which includes the discount.
    """
    every_line, is_first = list(invoice.items("lines")), invoice.text("billing_reason") == _FIRST_INVOICE
    lines = [line for line in every_line if line_subscription(line) is not None]
    own = [line.number("amount") or 0 for line in lines if not is_proration(line)]
    less = sum(line.number("amount") or 0 for line in lines) - paid_amount.minor
    is_reduced = less > 0 and sum(own) > 0 and not is_first
    has_extra_item = len(lines) < len(every_line) and not is_first
    if not own or (len(own) == len(lines) and not is_reduced and not has_extra_item):
        return None, None
    currency = invoice.text("currency")
    return from_provider(sum(own), currency), from_provider(less, currency) if is_reduced else None


def _tax(invoice: Node) -> Money | None:
    """Return the tax that Stripe calculated, or None if Stripe did not calculate a tax."""
    amounts = [item.number("amount") for item in (*invoice.items("total_taxes"), *invoice.items("total_tax_amounts"))]
    known_amounts = [amount for amount in amounts if amount is not None]
    if not known_amounts and invoice.flag("automatic_tax", "enabled") is not True:
        return None
    return from_provider(sum(known_amounts), invoice.text("currency"))


def _amount(invoice: Node, name: str) -> Money | None:
    return from_provider(invoice.number(name), invoice.text("currency"))


def _intent(invoice: Node) -> str | None:
    in_list = (entry.ref("payment", "payment_intent") for entry in invoice.items("payments"))
    return invoice.ref("payment_intent") or next(filter(None, in_list), None)
