"""What a payment event may do: which money counts, and what a provider's state means for ours."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import FlagReason, Payment
from subscriptions.domain.entities.subscription import Subscription, SubscriptionEvent, SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import PaymentEvent, ProviderStatus, SubscriptionSnapshot


def flag_for(
    event: PaymentEvent, order: Order, customer: Customer, subscription: Subscription | None, paid: Sequence[Payment]
) -> FlagReason | None:
    """Why this captured money gives no access by itself; None = it counts.

    subscription: the one the money belongs to, None when the order has none yet. paid: what the order captured before.
    """
    if event.telegram_id is not None and event.telegram_id != customer.telegram_id:
        return FlagReason.CUSTOMER_MISMATCH
    expected = subscription.price if subscription is not None else order.price
    if event.amount is None or event.amount != expected:
        return FlagReason.AMOUNT_MISMATCH
    if order.status is OrderStatus.PAID and subscription is None and paid:
        return FlagReason.SECOND_CAPTURE
    return None


def paid_time(
    event: PaymentEvent, snapshot: SubscriptionSnapshot | None, order: Order
) -> tuple[datetime, timedelta] | None:
    """From when and for how long a payment counts; None while the provider has not told the period.

    A provider-managed period is the provider's own; anything else runs from when it was paid.
    """
    start = event.period_start or (snapshot.current_period_start if snapshot else None)
    end = event.period_end or (snapshot.current_period_end if snapshot else None)
    if start is not None and end is not None and end > start:
        return start, end - start
    if not order.recurring and order.duration_days is not None:
        return event.occurred_at, timedelta(days=order.duration_days)
    return None


def follow_provider(subscription: Subscription, snapshot: SubscriptionSnapshot, now: datetime) -> None:
    """Take over the provider's present state. Money is counted elsewhere: an `active` alone never starts anything."""
    if subscription.synced_at is not None and snapshot.fetched_at < subscription.synced_at:
        return
    subscription.synced_at = snapshot.fetched_at
    subscription.current_period_start = snapshot.current_period_start or subscription.current_period_start
    subscription.current_period_end = snapshot.current_period_end or subscription.current_period_end
    event = _event_for(subscription.status, snapshot)
    if event is SubscriptionEvent.CANCELED:
        subscription.cancel(now=now, at_period_end=snapshot.status is not ProviderStatus.ENDED)
    elif event is SubscriptionEvent.CANCEL_UNDONE:
        subscription.undo_cancel(now)
    elif event is SubscriptionEvent.PAYMENT_FAILED:
        subscription.fail_payment(final=False, now=now)
    elif event is not None:
        subscription.apply(event, now)


def _event_for(status: SubscriptionStatus, snapshot: SubscriptionSnapshot) -> SubscriptionEvent | None:
    stops = snapshot.cancel_at_period_end or snapshot.cancel_at is not None
    provider = snapshot.status
    if provider is ProviderStatus.ENDED or (stops and status is not SubscriptionStatus.CANCELED):
        return SubscriptionEvent.CANCELED
    if provider is ProviderStatus.PAST_DUE:
        return SubscriptionEvent.PAYMENT_FAILED if status is not SubscriptionStatus.PAST_DUE else None
    if provider is ProviderStatus.PAUSED:
        return SubscriptionEvent.PAUSED
    if provider is ProviderStatus.TRIALING:
        return SubscriptionEvent.TRIAL_STARTED
    if provider is ProviderStatus.ACTIVE:
        return _back_to_active(status, stops=stops)
    return None


def _back_to_active(status: SubscriptionStatus, *, stops: bool) -> SubscriptionEvent | None:
    if status is SubscriptionStatus.PAUSED:
        return SubscriptionEvent.RESUMED
    if status is SubscriptionStatus.PAST_DUE:
        return SubscriptionEvent.PAID
    if status is SubscriptionStatus.CANCELED and not stops:
        return SubscriptionEvent.CANCEL_UNDONE
    return None
