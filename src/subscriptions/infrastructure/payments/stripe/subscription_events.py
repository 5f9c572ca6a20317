"""Subscriptions as facts and as snapshots, in both shapes: period at the top (old) or on the items (basil on)."""

from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind, SubscriptionSnapshot
from subscriptions.infrastructure.payments.stripe.amounts import from_provider
from subscriptions.infrastructure.payments.stripe.facts import evidence, ignored, lacking, telegram_id, with_references
from subscriptions.infrastructure.payments.stripe.reader import Node
from subscriptions.infrastructure.payments.stripe.status import provider_status

Period: TypeAlias = tuple[datetime | None, datetime | None]

_PRICE: Final = ("items", "data", 0, "price")


def period(subscription: Node) -> Period:
    """Start and end of the current period: that of the item that ends last, else the old top-level one."""
    best: Period = (None, None)
    for item in subscription.items("items"):
        end = item.moment("current_period_end")
        if end is not None and (best[1] is None or end > best[1]):
            best = (item.moment("current_period_start"), end)
    if best[1] is not None:
        return best
    return subscription.moment("current_period_start"), subscription.moment("current_period_end")


def cancel_at(subscription: Node) -> datetime | None:
    """When it ends if it is to end: the customer portal may set a date where we set "at period end"."""
    if subscription.flag("cancel_at_period_end"):
        return subscription.moment("cancel_at") or period(subscription)[1]
    return subscription.moment("cancel_at")


def updated(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """Anything about it changed: status, plan, a cancellation planned or taken back."""
    return _described(base, subscription, PaymentEventKind.SUBSCRIPTION_UPDATED)


def paused(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """A trial ended with nothing to charge, or it was paused by hand."""
    return _described(base, subscription, PaymentEventKind.SUBSCRIPTION_PAUSED)


def deleted(base: PaymentEvent, subscription: Node) -> PaymentEvent:
    """It is over at the provider; what was paid for stays paid for."""
    event = _described(base, subscription, PaymentEventKind.SUBSCRIPTION_CANCELED)
    if event.kind is not PaymentEventKind.SUBSCRIPTION_CANCELED:
        return event
    ended = subscription.moment("ended_at") or subscription.moment("canceled_at")
    return replace(event, final=True, cancel_at=ended, reason=subscription.text("cancellation_details", "reason"))


def snapshot(subscription: Node, fetched_at: datetime) -> SubscriptionSnapshot:
    """The state as fetched; the caller has seen that there is an id."""
    start, end = period(subscription)
    ends = cancel_at(subscription)
    raw = subscription.text("status")
    metadata, coming = subscription.at("metadata"), _coming(subscription.at("schedule"))
    return SubscriptionSnapshot(
        ref=subscription.text("id") or "",
        status=provider_status(raw),
        raw_status=raw or "",
        current_period_start=start,
        current_period_end=end,
        cancel_at_period_end=bool(subscription.flag("cancel_at_period_end")) or ends is not None,
        cancel_at=ends,
        customer_ref=subscription.ref("customer"),
        price_ref=subscription.ref(*_PRICE),
        price=from_provider(subscription.number(*_PRICE, "unit_amount"), subscription.text(*_PRICE, "currency")),
        next_price_ref=coming[0],
        next_price_at=coming[1],
        order_id=metadata.text("order_id"),
        telegram_id=telegram_id(metadata),
        fetched_at=fetched_at,
    )


def _coming(schedule: Node) -> tuple[str | None, datetime | None]:
    """The price that takes over, and when: of the phase after the present one, where the schedule was fetched, too."""
    present = schedule.number("current_phase", "start_date")
    for phase in schedule.items("phases"):
        start = phase.number("start_date")
        if present is not None and start is not None and start > present:
            return phase.ref("items", 0, "price"), phase.moment("start_date")
    return None, None


def rescheduled(base: PaymentEvent, schedule: Node) -> PaymentEvent:
    """What is settled for later changed, or was let go: the subscription has to be asked."""
    ref = schedule.ref("subscription") or schedule.text("released_subscription")
    if ref is None:
        return ignored(base, "a schedule without a subscription")
    return replace(base, kind=PaymentEventKind.SUBSCRIPTION_UPDATED, subscription_ref=ref)


def _described(base: PaymentEvent, subscription: Node, kind: PaymentEventKind) -> PaymentEvent:
    base = with_references(base, subscription.at("metadata"))
    ref = subscription.text("id")
    if ref is None:
        return lacking(base, "id")
    start, end = period(subscription)
    return replace(
        base,
        kind=kind,
        subscription_ref=ref,
        customer_ref=subscription.ref("customer"),
        period_start=start,
        period_end=end,
        cancel_at=cancel_at(subscription),
        evidence=evidence(status=subscription.text("status"), price=subscription.ref("items", "data", 0, "price")),
    )
