"""What was paid, asked for or told: invoices in both shapes, `subscription` (old) or `parent` (basil and later)."""

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
from subscriptions.infrastructure.payments.stripe.subscriptions import Period
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain_list
from subscriptions.infrastructure.providers.reader import Node

_PAGE: Final = 100

_NEW = ("parent", "subscription_details")
_NO_SUBSCRIPTION = "an invoice without a subscription is none of ours"

_FIRST_INVOICE: Final = "subscription_create"
_OLDEST: Final = timedelta(days=60)
"""How long before it is paid an invoice may have been drawn up: charges are repeated for weeks."""


async def fetch_payments(wire: Wire, ref: str, start: datetime) -> Sequence[PaymentEvent]:
    """The paid invoices of a subscription as the facts their webhooks bring, the oldest first."""
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
    # They come the newest first, which is all that orders those of one second.
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
    """The subscription an invoice is for. Some payloads carry both shapes; the new one wins."""
    from_line = (line_subscription(line) for line in invoice.items("lines"))
    return invoice.ref(*_NEW, "subscription") or invoice.ref("subscription") or next(filter(None, from_line), None)


def line_subscription(line: Node) -> str | None:
    """The subscription a line is for."""
    return line.ref("parent", "subscription_item_details", "subscription") or line.ref("subscription")


def paid_period(invoice: Node) -> Period:
    """The period the subscription's lines pay for; None where they only settle a change of plan.

    Never `invoice.period_end`: that is the period in which the lines were gathered, which is the one before.
    """
    latest: Period = (None, None)
    for line in invoice.items("lines"):
        end = line.moment("period", "end")
        if end is None or line_subscription(line) is None or _is_proration(line):
            continue
        if latest[1] is None or end > latest[1]:
            latest = (line.moment("period", "start"), end)
    return latest


def with_invoice(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """The event with the references an invoice carries."""
    places = [invoice.at(*_NEW, "metadata"), invoice.at("subscription_details", "metadata"), invoice.at("metadata")]
    places += [line.at("metadata") for line in invoice.items("lines")]
    return replace(
        with_references(base, *places),
        subscription_ref=subscription_of(invoice),
        customer_ref=invoice.ref("customer"),
    )


def invoice_paid(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """An invoice was settled: first payment, renewal, a change's difference, or nothing to pay, as for a trial."""
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
        # Its trial was moved, or nothing was owed for a change: no time begins by that.
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
    """A charge was refused. Final when no further attempt is planned; a first invoice never is, for the customer may
    still try another card until the checkout runs out.
    """
    event = _failure(base, invoice)
    if event.kind is not PaymentEventKind.PAYMENT_FAILED:
        return event
    reason = invoice.text("billing_reason")
    retry = invoice.moment("next_payment_attempt")
    told_evidence = evidence(**event.evidence, next_attempt=retry.isoformat() if retry else None)
    return replace(event, final=retry is None and reason != _FIRST_INVOICE, reason=reason, evidence=told_evidence)


def action_required(base: PaymentEvent, invoice: Node) -> PaymentEvent:
    """The bank wants to hear from the customer first; the invoice's page is where that happens."""
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
    """Return what the period's own lines cost, and how much less was charged; None where the paid amount says it all.

    The own lines differ from the amount if the invoice settles a change of plan or an extra item along with them, or
    if a credit balance or a discount, which are in no line, reduced it. A first invoice is compared with what its
    checkout asked for, discount included.
    """
    every_line, is_first = list(invoice.items("lines")), invoice.text("billing_reason") == _FIRST_INVOICE
    lines = [line for line in every_line if line_subscription(line) is not None]
    own = [line.number("amount") or 0 for line in lines if not _is_proration(line)]
    less = sum(line.number("amount") or 0 for line in lines) - paid_amount.minor
    is_reduced = less > 0 and sum(own) > 0 and not is_first
    has_extra_item = len(lines) < len(every_line) and not is_first
    if not own or (len(own) == len(lines) and not is_reduced and not has_extra_item):
        return None, None
    currency = invoice.text("currency")
    return from_provider(sum(own), currency), from_provider(less, currency) if is_reduced else None


def _tax(invoice: Node) -> Money | None:
    """What of it is tax, as reckoned by the provider; None where it did not reckon any."""
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


def _is_proration(line: Node) -> bool:
    places = (("parent", "subscription_item_details"), ("parent", "invoice_item_details"), ())
    return any(line.flag(*place, "proration") for place in places)
