"""Payments of invoices and of recurring payments, as the provider's API reports them."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.infrastructure.payments.cryptomus.amounts import asked_amount
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER, unreadable
from subscriptions.infrastructure.payments.cryptomus.events import (
    REFUND_PAID,
    REFUND_STATUSES,
    evidence,
    ignore,
    outcome,
    status_of,
    what_arrived,
)
from subscriptions.infrastructure.payments.cryptomus.periods import OWN_ZONE
from subscriptions.infrastructure.payments.cryptomus.references import (
    charge_key,
    number_of,
    recurrence_ref,
    references,
    split_recurrence,
)
from subscriptions.infrastructure.payments.cryptomus.subscriptions import Recurrence, find_recurrence
from subscriptions.infrastructure.payments.cryptomus.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

INFO: Final = "/v1/payment/info"


async def confirm_charge(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the event of a recurring payment's charge, as the provider's API reports it.

    An event that was fetched names no charge and is returned unchanged. Webhooks of recurring payments are
    undocumented. If the charge itself cannot be fetched, the event is taken to be about the last charge.
    """
    order_id, charge = split_recurrence(event.checkout_ref or "")
    if charge is None:
        return event
    recurrence = await find_recurrence(wire, order_id=order_id)
    if recurrence is None:
        return ignore(event, "the provider knows no such recurring payment")
    base = replace(
        event,
        checkout_ref=recurrence_ref(order_id),
        subscription_ref=recurrence.uuid,
        order_id=recurrence.whose.order_id if recurrence.whose else event.order_id,
        telegram_id=recurrence.whose.telegram_id if recurrence.whose else event.telegram_id,
    )
    invoice = await find_invoice(wire, charge)
    if invoice is None:
        return _by_the_last(base, recurrence)
    if invoice.text("order_id") != order_id:
        return ignore(base, "the provider has this charge for another recurring payment")
    return _by_its_invoice(base, recurrence, invoice)


def _by_its_invoice(base: PaymentEvent, recurrence: Recurrence, invoice: Node) -> PaymentEvent:
    made_at = invoice.moment("created_at", zone=OWN_ZONE) or base.occurred_at
    event = present(base, invoice, _key(recurrence, made_at))
    if event.kind is PaymentEventKind.PAYMENT_FAILED:
        return _failure(event)
    if event.kind is not PaymentEventKind.PAYMENT_COMPLETED:
        return event
    latest_charge = last_charge(recurrence)
    if latest_charge is not None and latest_charge.payment_key == event.payment_key:
        start, end = latest_charge.period_start, latest_charge.period_end
    else:
        start, end = made_at, recurrence.end_of(made_at)
    if end is None:
        raise unreadable("recurring payment with a period")
    renews = bool(number_of(recurrence.whose, made_at))
    return replace(event, occurred_at=start or made_at, period_start=start, period_end=end, is_renewal=renews)


def _by_the_last(base: PaymentEvent, recurrence: Recurrence) -> PaymentEvent:
    if base.kind is PaymentEventKind.REFUND:
        # The refund cannot be matched to a payment with certainty, so it needs manual review.
        return replace(base, about_payment=None)
    if base.kind is PaymentEventKind.PAYMENT_FAILED:
        return _failure(base)
    latest_charge = last_charge(recurrence)
    if latest_charge is None:
        return ignore(base, f"the recurring payment was not paid; it is {recurrence.status}")
    return replace(
        latest_charge,
        event_key=base.event_key,
        raw_type=base.raw_type,
        evidence={**base.evidence, **latest_charge.evidence},
    )


def _key(recurrence: Recurrence, made_at: datetime) -> str:
    """Return the key of a charge. If the time of the checkout is unknown, the time of the last charge identifies the
    charge.
    """
    is_known = number_of(recurrence.whose, made_at) is not None
    return charge_key(recurrence.order_id, recurrence.whose, made_at if is_known else recurrence.paid_at or made_at)


def _failure(event: PaymentEvent) -> PaymentEvent:
    """Mark a failed charge as not final, because another attempt may follow. The next step depends on the
    subscription's state.
    """
    return replace(event, final=False, payment_key=None, amount=None)


async def confirm_invoice(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the event of an invoice as reported by the provider's API instead of the webhook."""
    if event.checkout_ref is None:
        return ignore(event, "names no invoice")
    invoice = await find_invoice(wire, event.checkout_ref)
    if invoice is None:
        return ignore(event, "the provider knows no such invoice")
    whose = references(invoice)
    if whose is None or whose.order_id != event.order_id:
        return ignore(event, "the provider has this invoice for another order")
    telegram_id = whose.telegram_id or event.telegram_id
    return present(replace(event, telegram_id=telegram_id), invoice, event.checkout_ref)


async def find_invoice(wire: Wire, uuid: str) -> Node | None:
    """Return an invoice in its current state, or None if it does not exist."""
    invoice = await wire.find(INFO, {"uuid": uuid})
    if invoice is not None and invoice.text("uuid") != uuid:
        raise unreadable("invoice that was asked about")
    return invoice


def present(event: PaymentEvent, invoice: Node, key: str) -> PaymentEvent:
    """Return the event for an invoice's current state. `key`: key of the invoice's payment.

    An invoice with a refund status was paid before; the refund is a separate event.
    """
    refund, status = event.kind is PaymentEventKind.REFUND, status_of(invoice)
    base = replace(
        event,
        occurred_at=invoice.moment("updated_at", zone=OWN_ZONE) or event.occurred_at,
        reason=None,
        final=False,
        amount=None,
        regular=None,
        about_payment=None,
        amount_refunded=None,
    )
    try:
        if status in REFUND_STATUSES and not refund:
            return what_arrived(base, invoice, key)
        if refund and status != REFUND_PAID:
            return ignore(base, f"no refund but {status}")
        return outcome(base, invoice, key)
    except MalformedWebhook:
        raise unreadable("invoice with an amount") from None


async def fetch_payments(wire: Wire, uuid: str, start: datetime) -> list[PaymentEvent]:
    """Return the last charge if it was made at or after `start`. The provider reports no other charges."""
    recurrence = await find_recurrence(wire, uuid=uuid)
    event = last_charge(recurrence) if recurrence is not None else None
    return [event] if event is not None and event.occurred_at >= start else []


def last_charge(recurrence: Recurrence) -> PaymentEvent | None:
    """Return the last charge as an event, or None before the first charge.

    Raises GatewayUnavailable if the charge is unreadable.
    """
    if recurrence.paid_at is None:
        return None
    amount = asked_amount(recurrence.source)
    if amount is None or recurrence.paid_until is None:
        raise unreadable("recurring payment with an amount and a period")
    key = charge_key(recurrence.order_id, recurrence.whose, recurrence.paid_at)
    return PaymentEvent(
        kind=PaymentEventKind.PAYMENT_COMPLETED,
        provider=PROVIDER,
        event_key=f"poll:{key}",
        raw_type=f"recurrence:{recurrence.status[:60]}",
        occurred_at=recurrence.paid_at,
        payment_key=key,
        subscription_ref=recurrence.uuid,
        checkout_ref=recurrence_ref(recurrence.order_id),
        order_id=recurrence.whose.order_id if recurrence.whose else None,
        telegram_id=recurrence.whose.telegram_id if recurrence.whose else None,
        amount=amount,
        period_start=recurrence.paid_at,
        period_end=recurrence.paid_until,
        is_renewal=bool(number_of(recurrence.whose, recurrence.paid_at)),
        evidence=evidence(recurrence.source),
    )
