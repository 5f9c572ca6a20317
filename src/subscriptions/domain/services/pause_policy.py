"""Who may leave out a month."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.services.billing_period import Calendar

MONTH: Final = Interval.MONTH


def pausable(subscription: Subscription, plan: ServicePlan) -> bool:
    """Whether the next charge may be left out: what is paid runs, the charge after it is a month's, and nothing else is
    settled for it, nor was it put off. By another period a pause would be a week or a year, and who has days of their
    own for all of that month would leave out nothing. Nor where nothing is charged for now, or an end is noted."""
    is_monthly = subscription.period(plan) == (MONTH, 1)
    runs = subscription.status is SubscriptionStatus.ACTIVE and subscription.renews and not subscription.rests
    agreements = (
        subscription.pause_until,
        subscription.next_plan_id,
        subscription.charge_moved_to,
        subscription.cancel_at,
    )
    free = subscription.next_charge is not None and all(each is None for each in agreements)
    return is_monthly and runs and free and not subscription.cancel_at_period_end and not _has_all_of_it(subscription)


def pauses(subscription: Subscription) -> bool:
    """Whether a month is left out, now or next."""
    is_running = subscription.status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED}
    return is_running and subscription.pause_until is not None


def has_begun(subscription: Subscription) -> bool:
    """Whether the period that runs at its provider is the one left out, be its customer inside for days given."""
    end, pause_end = subscription.current_period_end, subscription.pause_until
    return end is not None and pause_end is not None and end >= pause_end


def month_from(subscription: Subscription, charge_at: datetime) -> timedelta:
    """Return how long the month is that begins with a provider's charge. Providers count by UTC, from the day of the
    month on which the subscription began, which the present period shows."""
    start = subscription.current_period_start
    return Calendar(starts=[start] if start is not None else ()).length(charge_at, MONTH, 1)


def _has_all_of_it(subscription: Subscription) -> bool:
    charge, end = subscription.current_period_end, subscription.access_until
    return charge is not None and end is not None and end >= charge + month_from(subscription, charge)
