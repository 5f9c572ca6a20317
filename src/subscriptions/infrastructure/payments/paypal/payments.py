"""Payments: sales of subscriptions (API version 1) and captures of orders (version 2), translated to events from a
fetch or a webhook.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.ports.payment_facts import OVERPAID
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.services.vat import country_of
from subscriptions.infrastructure.payments.paypal.amounts import read_amount
from subscriptions.infrastructure.payments.paypal.events import evidence, ignore, incomplete, not_on_record
from subscriptions.infrastructure.payments.paypal.periods import format_time, paid_period, rhythm
from subscriptions.infrastructure.payments.paypal.prices import fixed_price
from subscriptions.infrastructure.payments.paypal.references import (
    is_id,
    is_subscription,
    linked_id,
    with_custom_id,
    with_reference,
)
from subscriptions.infrastructure.payments.paypal.subscriptions import retrieve
from subscriptions.infrastructure.payments.paypal.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

CAPTURE_STATUSES: Final = frozenset(["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"])
"""Statuses of payments that were received, including payments that were refunded later."""
_REFUSAL_STATUSES: Final = frozenset(["DENIED", "DECLINED", "FAILED"])
_COMPLETIONS: Final = frozenset(["PAYMENT.SALE.COMPLETED", "PAYMENT.CAPTURE.COMPLETED"])
_A_DAY: Final = timedelta(days=1)
_A_YEAR: Final = timedelta(days=365)
_BATCH: Final = timedelta(hours=12)
"""Maximum delay between the start of a billing cycle and its charge."""
_NOT_OURS: Final = "a sale without a subscription is none of ours"


async def fetch_payments(wire: Wire, base: PaymentEvent, ref: str, start: datetime) -> Sequence[PaymentEvent]:
    """Return the payments since `start`, the oldest first; empty if the subscription does not exist."""
    subscription = await retrieve(wire, ref)
    if subscription is None:
        return ()
    payment_events = await charges(wire, base, subscription)
    return [
        replace(await with_receipt(wire, event), event_key=f"poll:{event.payment_key}")
        for event in payment_events
        if event.occurred_at >= start
    ]


async def with_receipt(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """Return the event of a listed charge with the time at which the money was received, which the list does not
    state.
    """
    sale = await wire.find(f"/v1/payments/sale/{event.payment_key}")
    return replace(event, occurred_at=_received_at(sale, event)) if sale is not None else event


async def money_on_record(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """Return the event of the sale or capture that a webhook names, as fetched from PayPal. Raises GatewayRejected if
    the payment does not exist.

    `base`: the webhook's event without its claims.
    """
    key, charge = event.payment_key or "", event.subscription_ref is not None
    path = f"/v1/payments/sale/{key}" if charge else f"/v2/payments/captures/{key}"
    money = await wire.find(path) if is_id(key) else None
    if money is None:
        raise not_on_record(event, "sale" if charge else "capture")
    status = (money.text("state") or money.text("status") or "").upper()
    if status in CAPTURE_STATUSES:
        return sale_completed(base, money) if charge else capture_completed(base, money)
    if status not in _REFUSAL_STATUSES:
        if event.kind is PaymentEventKind.PAYMENT_COMPLETED:
            raise not_on_record(event, f"as completed what is {status or 'nothing yet'}:")
        return payment_pending(base, money)
    if charge:
        return sale_denied(base, money)
    return capture_denied(base, money) if event.final else capture_declined(base, money)


async def complete_charge(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """Complete a charge's event with the order and the paid period, which are known only from the subscription."""
    subscription = await retrieve(wire, event.subscription_ref or "")
    if subscription is None:
        return event
    made_at, earlier_charges = event.occurred_at, list[datetime]()
    for charge in await _list(wire, base, subscription):
        if charge.payment_key == event.payment_key:
            # The list states when the payment was made; the bank may have taken days to decide.
            made_at = min(charge.occurred_at, made_at)
            break
        if charge.occurred_at > event.occurred_at:
            break
        earlier_charges.append(charge.occurred_at)
    return _with_period(event, subscription, earlier_charges, made_at)


async def charges(wire: Wire, base: PaymentEvent, subscription: Node) -> list[PaymentEvent]:
    """Return the charges of a subscription, each with its period."""
    payment_events = await _list(wire, base, subscription)
    times = [event.occurred_at for event in payment_events]
    return [_with_period(event, subscription, times[:index]) for index, event in enumerate(payment_events)]


async def _list(wire: Wire, base: PaymentEvent, subscription: Node) -> list[PaymentEvent]:
    ref = subscription.text("id") or ""
    made_at = subscription.moment("create_time") or base.occurred_at - _A_YEAR
    span = {"start_time": format_time(made_at - _A_DAY), "end_time": format_time(base.occurred_at + _A_DAY)}
    answer = await wire.get(f"/v1/billing/subscriptions/{ref}/transactions", span)
    payment_events = list(_payment_events(base, ref, answer))
    if payment_events and payment_events[0].occurred_at >= payment_events[-1].occurred_at:
        # Charges within the same second keep PayPal's order, which may be ascending or descending.
        payment_events.reverse()
    return sorted(payment_events, key=lambda event: event.occurred_at)


def _with_period(
    event: PaymentEvent, subscription: Node, earlier: Sequence[datetime], made_at: datetime | None = None
) -> PaymentEvent:
    if event.order_id is None:
        # The webhook's own reference takes precedence; the application detects a difference from PayPal's record.
        event = with_reference(event, subscription.text("custom_id"))
    (start, end), next_charge = paid_period(subscription, made_at or event.occurred_at, earlier)
    return replace(
        _without_outstanding(event, subscription, earlier),
        period_start=start,
        period_end=end,
        customer_ref=subscription.text("subscriber", "payer_id"),
        country=country_of(subscription.text("subscriber", "shipping_address", "address", "country_code")),
        is_renewal=next_charge,
    )


def _without_outstanding(event: PaymentEvent, subscription: Node, earlier: Sequence[datetime]) -> PaymentEvent:
    """Return the event of a charge. If the charge also collected earlier unpaid periods, the event has only the amount
    of the charged period.

    PayPal collects such periods after the customer's access was suspended. The rest of the amount is reported as an
    overpayment.
    """
    price, every = fixed_price(subscription.at("plan")), rhythm(subscription)
    if price is None or every is None or event.amount is None or not earlier or price.currency != event.amount.currency:
        return event
    periods, rest = divmod(event.amount.minor, price.minor) if price.minor else (0, 0)
    is_missed = periods > 1 and every.step(earlier[-1], periods - 1) + _BATCH < event.occurred_at
    return replace(event, regular=price, reason=OVERPAID) if is_missed and not rest else event


def _payment_events(base: PaymentEvent, ref: str, answer: Node) -> Iterator[PaymentEvent]:
    for charge in answer.items("transactions"):
        key, paid_at = charge.text("id"), charge.moment("time")
        amount = read_amount(charge.at("amount_with_breakdown", "gross_amount"))
        unusable = key is None or not is_id(key) or paid_at is None or amount is None or amount.minor <= 0
        if unusable or charge.text("status") not in CAPTURE_STATUSES:
            continue
        yield replace(
            base,
            kind=PaymentEventKind.PAYMENT_COMPLETED,
            event_key=f"fetched:{key}",
            payment_key=key,
            subscription_ref=ref,
            checkout_ref=ref,
            amount=amount,
            occurred_at=paid_at or base.occurred_at,
            evidence=evidence(transaction=key),
        )


def sale_completed(base: PaymentEvent, sale: Node) -> PaymentEvent:
    """Return the event of a successful charge of a subscription. The order and the period are fetched later."""
    base = _sale(base, sale)
    if base.subscription_ref is None:
        return ignore(base, _NOT_OURS)
    if (sale.text("state") or "completed").lower() == "pending":
        return ignore(base, "the bank has not decided yet; another event follows")
    return _payment(base, sale)


def sale_denied(base: PaymentEvent, sale: Node) -> PaymentEvent:
    """Return the event of a pending charge that failed."""
    base = _sale(base, sale)
    return _failure(base, sale) if base.subscription_ref is not None else ignore(base, _NOT_OURS)


def capture_completed(base: PaymentEvent, capture: Node) -> PaymentEvent:
    """Return the event of a captured payment of an order, made immediately or after the bank's processing."""
    return _payment(_capture(base, capture), capture)


def capture_denied(base: PaymentEvent, capture: Node) -> PaymentEvent:
    """Return the event of a pending capture that failed finally; the order gets no second capture."""
    event = _failure(_capture(base, capture), capture)
    return replace(event, final=event.kind is PaymentEventKind.PAYMENT_FAILED)


def capture_declined(base: PaymentEvent, capture: Node) -> PaymentEvent:
    """Return the event of a refused payment; the buyer may choose another payment method."""
    return _failure(_capture(base, capture), capture)


def payment_pending(base: PaymentEvent, money: Node) -> PaymentEvent:
    """Return an ignored event for a payment on which the bank has not decided yet."""
    return ignore(base, f"the bank has not decided yet ({money.text('status_details', 'reason') or 'pending'})")


def _payment(base: PaymentEvent, money: Node) -> PaymentEvent:
    key, amount = money.text("id"), read_amount(money.at("amount"))
    if key is None or not is_id(key) or amount is None or amount.minor <= 0:
        return incomplete(base, "id or amount")
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_COMPLETED,
        payment_key=key,
        amount=amount,
        occurred_at=_received_at(money, base),
        evidence=evidence(transaction=key, parent=money.text("parent_payment")),
    )


def _received_at(money: Node, base: PaymentEvent) -> datetime:
    """Return the time at which the money was received. PayPal states when the payment was made (`create_time`), and
    when it last changed: an eCheck is completed days later. A refund changes the payment as well; then the webhook
    about the completion states the time.
    """
    made_at, changed_at = money.moment("create_time"), money.moment("update_time")
    status = (money.text("state") or money.text("status") or "").upper()
    if status == "COMPLETED" and changed_at is not None:
        return max(changed_at, made_at or changed_at)
    is_reported = base.raw_type in _COMPLETIONS and made_at is not None and base.occurred_at > made_at
    return base.occurred_at if is_reported else made_at or base.occurred_at


def _failure(base: PaymentEvent, money: Node) -> PaymentEvent:
    key = money.text("id")
    if key is None:
        return incomplete(base, "id")
    return replace(
        base,
        kind=PaymentEventKind.PAYMENT_FAILED,
        payment_key=key,
        amount=read_amount(money.at("amount")),
        reason=money.text("reason_code") or money.text("status_details", "reason"),
        evidence=evidence(transaction=key),
    )


def _sale(base: PaymentEvent, sale: Node) -> PaymentEvent:
    agreement = sale.text("billing_agreement_id")
    ref = agreement if agreement is not None and is_subscription(agreement) else None
    # The id of the subscription is also the id of its checkout.
    return replace(with_custom_id(base, sale), subscription_ref=ref, checkout_ref=ref)


def _capture(base: PaymentEvent, capture: Node) -> PaymentEvent:
    order = capture.text("supplementary_data", "related_ids", "order_id") or linked_id(capture, "up", "orders")
    return replace(with_custom_id(base, capture), checkout_ref=order)
