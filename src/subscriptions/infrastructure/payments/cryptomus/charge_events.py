"""Deliveries about charges of recurring payments, as the provider has them by now."""

from dataclasses import replace
from datetime import datetime

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.cryptomus.charges import charge_key, number_of
from subscriptions.infrastructure.payments.cryptomus.errors import unreadable
from subscriptions.infrastructure.payments.cryptomus.facts import ignored
from subscriptions.infrastructure.payments.cryptomus.invoices import find_invoice, present
from subscriptions.infrastructure.payments.cryptomus.reader import Node
from subscriptions.infrastructure.payments.cryptomus.recurrences import Recurrence, find_recurrence, last_charge
from subscriptions.infrastructure.payments.cryptomus.references import recurrence_ref, split_recurrence
from subscriptions.infrastructure.payments.cryptomus.wire import Wire


async def confirm(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """What a delivery comes to. What was found by asking names no charge, and needs no second look.

    Nothing is written about these deliveries. Where the charge itself cannot be asked about, the last one is meant.
    """
    order_id, charge = split_recurrence(event.checkout_ref or "")
    if charge is None:
        return event
    found = await find_recurrence(wire, order_id=order_id)
    if found is None:
        return ignored(event, "the provider knows no such recurring payment")
    base = replace(
        event,
        checkout_ref=recurrence_ref(order_id),
        subscription_ref=found.uuid,
        order_id=found.whose.order_id if found.whose else event.order_id,
        telegram_id=found.whose.telegram_id if found.whose else event.telegram_id,
    )
    invoice = await find_invoice(wire, charge)
    if invoice is None:
        return _by_the_last(base, found)
    if invoice.text("order_id") != order_id:
        return ignored(base, "the provider has this charge for another recurring payment")
    return _by_its_invoice(base, found, invoice)


def _by_its_invoice(base: PaymentEvent, found: Recurrence, invoice: Node) -> PaymentEvent:
    made = invoice.moment("created_at") or base.occurred_at
    event = present(base, invoice, _key(found, made))
    if event.kind is PaymentEventKind.PAYMENT_FAILED:
        return _failed(event)
    if event.kind is not PaymentEventKind.PAYMENT_COMPLETED:
        return event
    last = last_charge(found)
    if last is not None and last.payment_key == event.payment_key:
        start, end = last.period_start, last.period_end
    else:
        start, end = made, found.end_of(made)
    if end is None:
        raise unreadable("recurring payment with a period")
    renews = bool(number_of(found.whose, made))
    return replace(event, occurred_at=start or made, period_start=start, period_end=end, is_renewal=renews)


def _by_the_last(base: PaymentEvent, found: Recurrence) -> PaymentEvent:
    if base.kind is PaymentEventKind.REFUND:
        # It leads to none of our payments with certainty: a person has to look.
        return replace(base, about_payment=None)
    if base.kind is PaymentEventKind.PAYMENT_FAILED:
        return _failed(base)
    last = last_charge(found)
    if last is None:
        return ignored(base, f"the recurring payment was not paid; it is {found.status}")
    return replace(last, event_key=base.event_key, raw_type=base.raw_type, evidence={**base.evidence, **last.evidence})


def _key(found: Recurrence, made: datetime) -> str:
    """Without the checkout's time there is only the last charge to be told apart."""
    known = number_of(found.whose, made) is not None
    return charge_key(found.order_id, found.whose, made if known else found.paid_at or made)


def _failed(event: PaymentEvent) -> PaymentEvent:
    """The provider's state of the whole says what follows; another try may come."""
    return replace(event, final=False, payment_key=None, amount=None)
