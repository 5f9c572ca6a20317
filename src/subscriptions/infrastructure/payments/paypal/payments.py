"""What was charged for a subscription, asked for; and what became of a subscription as a checkout."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.infrastructure.payments.paypal.amounts import read_amount
from subscriptions.infrastructure.payments.paypal.event_facts import evidence
from subscriptions.infrastructure.payments.paypal.reader import Node, written
from subscriptions.infrastructure.payments.paypal.references import is_id, with_reference
from subscriptions.infrastructure.payments.paypal.standing import retrieve
from subscriptions.infrastructure.payments.paypal.subscription_facts import (
    paid_period,
    present_period,
    provider_status,
)
from subscriptions.infrastructure.payments.paypal.wire import Wire

_CAPTURED: Final = frozenset(["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"])
_A_DAY: Final = timedelta(days=1)
_A_YEAR: Final = timedelta(days=365)


async def fetch_payments(wire: Wire, base: PaymentEvent, ref: str, since: datetime) -> Sequence[PaymentEvent]:
    """The payments since then, the oldest first; none where there is no such subscription."""
    subscription = await retrieve(wire, ref)
    if subscription is None:
        return ()
    found = await _charges(wire, base, subscription)
    return [replace(event, event_key=f"poll:{event.payment_key}") for event in found if event.occurred_at >= since]


async def fetch_subscription_checkout(wire: Wire, base: PaymentEvent, ref: str) -> CheckoutState | None:
    """The state of a checkout that made a subscription; None where there is no such."""
    subscription = await retrieve(wire, ref)
    if subscription is None:
        return None
    status = provider_status(subscription, base.occurred_at)
    if status is ProviderStatus.INCOMPLETE:
        pending = subscription.text("status") == "APPROVED"
        return CheckoutState(paid=False, expired=False, event=None, pending=pending)
    paid = await _charges(wire, base, subscription)
    event = paid[0] if paid else _free(base, subscription, status)
    ended = status is ProviderStatus.ENDED
    return CheckoutState(
        paid=event is not None,
        expired=ended and event is None,
        event=event,
        pending=event is None and not ended,
    )


async def complete_charge(wire: Wire, base: PaymentEvent, event: PaymentEvent) -> PaymentEvent:
    """A charge with what only its subscription tells: whose it is, and which period it paid for."""
    subscription = await retrieve(wire, event.subscription_ref or "")
    if subscription is None:
        return event
    before = []
    for charge in await _listed(wire, base, subscription):
        if charge.payment_key == event.payment_key or charge.occurred_at > event.occurred_at:
            break
        before.append(charge.occurred_at)
    return _with_period(event, subscription, before)


async def _charges(wire: Wire, base: PaymentEvent, subscription: Node) -> list[PaymentEvent]:
    """All of them, each with its period."""
    found = await _listed(wire, base, subscription)
    times = [event.occurred_at for event in found]
    return [_with_period(event, subscription, times[:place]) for place, event in enumerate(found)]


async def _listed(wire: Wire, base: PaymentEvent, subscription: Node) -> list[PaymentEvent]:
    ref = subscription.text("id") or ""
    made = subscription.moment("create_time") or base.occurred_at - _A_YEAR
    span = {"start_time": written(made - _A_DAY), "end_time": written(base.occurred_at + _A_DAY)}
    answer = await wire.get(f"/v1/billing/subscriptions/{ref}/transactions", span)
    found = list(_read(base, ref, answer))
    if found and found[0].occurred_at >= found[-1].occurred_at:
        # Charges of one second stay in the order PayPal has them in, which it may tell from either end.
        found.reverse()
    return sorted(found, key=lambda event: event.occurred_at)


def _with_period(event: PaymentEvent, subscription: Node, earlier: Sequence[datetime]) -> PaymentEvent:
    if event.order_id is None:
        # What the delivery itself says stays: where it is not what PayPal says, the product is to see that.
        event = with_reference(event, subscription.text("custom_id"))
    (start, end), later = paid_period(subscription, event.occurred_at, earlier)
    return replace(
        event,
        period_start=start,
        period_end=end,
        customer_ref=subscription.text("subscriber", "payer_id"),
        is_renewal=later,
    )


def _read(base: PaymentEvent, ref: str, answer: Node) -> Iterator[PaymentEvent]:
    for charge in answer.items("transactions"):
        key, paid_at = charge.text("id"), charge.moment("time")
        amount = read_amount(charge.at("amount_with_breakdown", "gross_amount"))
        unusable = key is None or not is_id(key) or paid_at is None or amount is None or amount.minor <= 0
        if unusable or charge.text("status") not in _CAPTURED:
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


def _free(base: PaymentEvent, subscription: Node, status: ProviderStatus) -> PaymentEvent | None:
    """A trial has begun; None where a charge is on its way."""
    if status is not ProviderStatus.TRIALING:
        return None
    ref = subscription.text("id")
    start, end = present_period(subscription, base.occurred_at)
    return replace(
        with_reference(base, subscription.text("custom_id")),
        kind=PaymentEventKind.SUBSCRIPTION_ACTIVATED,
        event_key=f"fetched:{ref}",
        subscription_ref=ref,
        checkout_ref=ref,
        customer_ref=subscription.text("subscriber", "payer_id"),
        period_start=start,
        period_end=end,
    )
