"""Refunds, each of which has its own key, and lookup of the payment that a refund or dispute is about."""

from dataclasses import replace
from typing import Final

import stripe
from stripe.params import RefundCreateParams

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import GatewayRejected, PaymentEvent, PaymentEventKind
from subscriptions.domain.services.purchase import REVERSALS
from subscriptions.infrastructure.payments.stripe.amounts import from_provider, to_provider
from subscriptions.infrastructure.payments.stripe.errors import MISSING_CODE, PROVIDER, translate_errors
from subscriptions.infrastructure.payments.stripe.events import evidence, ignore, incomplete
from subscriptions.infrastructure.payments.stripe.payments import with_invoice
from subscriptions.infrastructure.payments.stripe.references import with_charge, with_references
from subscriptions.infrastructure.payments.stripe.wire import Wire, plain, plain_list
from subscriptions.infrastructure.providers.reader import Node

_DONE_BEFORE = "charge_already_refunded"

_NOT_GIVEN: Final = frozenset(["failed", "canceled"])


async def refund_payment(wire: Wire, payment_key: str, amount: Money | None, idempotency_key: str) -> bool:
    """Refund a payment.

    Return True if the refund is completed or pending, or was made before, and False if the payment is unknown or the
    refund fails.
    """
    try:
        minor = None if amount is None else to_provider(amount)
    except InvalidInput as error:
        raise GatewayRejected(PROVIDER, error.problem, code="amount_invalid") from None
    async with translate_errors():
        try:
            intents = await intents_of(wire, payment_key)
            results = [
                await _refund(wire, intent, minor, f"{idempotency_key}:{intent}")
                # A partial refund is made from one payment only; an invoice nearly always has just one.
                for intent in (intents if minor is None else intents[:1])
            ]
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return False
            raise
    return bool(results) and all(results)


async def complete_event(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Complete the event of a refund or dispute with our payment and references. Other events are
    returned unchanged.
    """
    payment_ref = event.about_payment or ""
    if event.kind not in REVERSALS or not payment_ref.startswith(("pi_", "ch_", "py_")):
        return event
    async with translate_errors():
        try:
            if event.payment_key is None:
                event = await _reported_by_total(wire, event)
            if event.kind not in REVERSALS:
                return event
            intent = payment_ref if payment_ref.startswith("pi_") else await _intent_of_charge(wire, payment_ref)
            return event if intent is None else await _complete(wire, event, intent)
        except stripe.InvalidRequestError as error:
            if error.code == MISSING_CODE:
                return event
            raise


async def _complete(wire: Wire, event: PaymentEvent, intent: str) -> PaymentEvent:
    invoice_payments = await wire.client.v1.invoice_payments.list_async(
        {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
    )
    for entry in plain_list(invoice_payments, "list of invoice payments"):
        invoice = entry.ref("invoice")
        if invoice is not None:
            invoice_node = plain(await wire.client.v1.invoices.retrieve_async(invoice), "invoice")
            return replace(with_invoice(event, invoice_node), about_payment=invoice)
    payment = plain(await wire.client.v1.payment_intents.retrieve_async(intent), "payment intent")
    return replace(
        with_references(event, payment.at("metadata")),
        about_payment=intent,
        customer_ref=event.customer_ref or payment.ref("customer"),
    )


async def intents_of(wire: Wire, payment_key: str) -> list[str]:
    """Return the payment intents that belong to one of our payment keys."""
    if payment_key.startswith("pi_"):
        return [payment_key]
    if not payment_key.startswith("in_"):
        return []
    invoice_payments = await wire.client.v1.invoice_payments.list_async({"invoice": payment_key, "status": "paid"})
    entries = plain_list(invoice_payments, "list of invoice payments")
    return [intent for entry in entries if (intent := entry.ref("payment", "payment_intent"))]


async def _intent_of_charge(wire: Wire, charge: str) -> str | None:
    return plain(await wire.client.v1.charges.retrieve_async(charge), "charge").ref("payment_intent")


async def _refund(wire: Wire, intent: str, minor: int | None, key: str) -> bool:
    params: RefundCreateParams = {"payment_intent": intent}
    if minor is not None:
        params["amount"] = minor
    try:
        refund = plain(await wire.client.v1.refunds.create_async(params, {"idempotency_key": key}), "refund")
    except stripe.InvalidRequestError as error:
        if error.code == _DONE_BEFORE:
            return True
        raise
    return refund.text("status") not in {"failed", "canceled"}


def refund_updated(base: PaymentEvent, refund: Node) -> PaymentEvent:
    """Return the event of a refund that is completed or pending. A refund that fails later has the
    reason `reversed`.
    """
    base = with_charge(base, refund)
    key = refund.text("id")
    amount = from_provider(refund.number("amount"), refund.text("currency"))
    if key is None or amount is None:
        return incomplete(base, "id, amount or currency")
    is_returned = base.raw_type == "refund.failed" or refund.text("status") in _NOT_GIVEN
    return replace(
        base,
        kind=PaymentEventKind.REFUND,
        payment_key=key,
        amount_refunded=amount,
        reason="reversed" if is_returned else refund.text("reason"),
        evidence={**base.evidence, **evidence(refund=key, status=refund.text("status"))},
    )


def charge_refunded(base: PaymentEvent, charge: Node) -> PaymentEvent:
    """Return an event with the total of a charge's refunds. Webhooks with API versions before 2024-10-28 report nothing
    more (https://docs.stripe.com/changelog/acacia/2024-10-28/refund-webhook-update), so the refund itself must be
    fetched.
    """
    key = charge.text("id")
    total = from_provider(charge.number("amount_refunded"), charge.text("currency"))
    if key is None or total is None:
        return incomplete(base, "id, amount or currency")
    event = replace(with_charge(base, charge), kind=PaymentEventKind.REFUND, about_payment=key, amount_refunded=total)
    return replace(event, evidence={**event.evidence, **evidence(charge=key)})


async def _reported_by_total(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the refund with which the charge's total reached the reported amount, or otherwise the last refund made
    before the event.
    """
    refund_list = await wire.client.v1.refunds.list_async({"charge": event.about_payment or "", "limit": 100})
    refunds = [_refund_event(event, refund) for refund in plain_list(refund_list, "list of refunds")[::-1]]
    refunds = [each for each in refunds if each.kind is PaymentEventKind.REFUND]
    total, payment_event = 0, None
    for each in refunds:
        given_amount = each.amount_refunded
        total += given_amount.minor if given_amount is not None and each.reason != "reversed" else 0
        if event.amount_refunded is not None and total == event.amount_refunded.minor:
            payment_event = each
            break
    payment_event = payment_event or next(
        (each for each in reversed(refunds) if each.occurred_at <= event.occurred_at), None
    )
    if payment_event is None:
        return ignore(event, "the charge has no such refund")
    return replace(payment_event, occurred_at=event.occurred_at, about_payment=event.about_payment)


def _refund_event(event: PaymentEvent, refund: Node) -> PaymentEvent:
    return refund_updated(replace(event, occurred_at=refund.moment("created") or event.occurred_at), refund)
