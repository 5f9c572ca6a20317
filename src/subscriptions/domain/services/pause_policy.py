"""Policy that decides which customers may skip a month."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.services.billing_period import Calendar

MONTH: Final = Interval.MONTH


def pausable(subscription: Subscription, plan: ServicePlan) -> bool:
    """Return True if the next charge may be skipped.

    The subscription must be active and billed monthly, and its next charge must not be postponed, switched to another
    plan, canceled or already skipped. With another billing period, a pause would last for a week or a year. A customer
    who has time from another source for the whole month cannot skip it, because skipping would have no effect.
    """
    is_monthly = subscription.period(plan) == (MONTH, 1)
    runs = subscription.status is SubscriptionStatus.ACTIVE and subscription.renews and not subscription.is_paused
    agreements = (
        subscription.pause_until,
        subscription.next_plan_id,
        subscription.charge_moved_to,
        subscription.cancel_at,
    )
    free = subscription.next_charge is not None and all(each is None for each in agreements)
    return is_monthly and runs and free and not subscription.cancel_at_period_end and not _has_all_of_it(subscription)


def pauses(subscription: Subscription) -> bool:
    """Return True if the current or next month is skipped."""
    is_running = subscription.status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED}
    return is_running and subscription.pause_until is not None


def has_begun(subscription: Subscription) -> bool:
    """Return True if the provider's current period is the skipped month, even if the customer has time from another
    source during that period.
    """
    end, pause_end = subscription.current_period_end, subscription.pause_until
    return end is not None and pause_end is not None and end >= pause_end


def month_from(subscription: Subscription, charge_at: datetime) -> timedelta:
    """Return the length of the month that begins with a provider's charge. Providers count in UTC, from the day of the
    month on which the subscription began. That day is taken from the current period.
    """
    start = subscription.current_period_start
    return Calendar(starts=[start] if start is not None else ()).length(charge_at, MONTH, 1)


def _has_all_of_it(subscription: Subscription) -> bool:
    charge, end = subscription.current_period_end, subscription.access_until
    return charge is not None and end is not None and end >= charge + month_from(subscription, charge)
