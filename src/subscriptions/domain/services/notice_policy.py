"""Policy that decides how long before a charge its payer is notified.

- A plan of a month or longer is announced `RENEWAL_NOTICE_DAYS` before each charge. The default of 15 days follows
  Spain's Ley 10/2025 (art. 97.1 p TRLGDCU), which requires at least 15 days before the charge of a renewal.
- A shorter plan is announced by the receipt of the previous charge; a plan of a week or longer also three days before.
- A charge that is postponed is moved before it is announced, so that no notice names an outdated date.
"""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import Subscription

DEFAULT: Final = timedelta(days=15)
SHORT: Final = timedelta(days=3)
MONTH: Final = timedelta(days=28)
PREPARATION: Final = timedelta(days=2)
"""Time before the notice at which a charge is moved, so that the provider has time to confirm the new date."""

_MONTHLY: Final = {Interval.DAY: 28, Interval.WEEK: 4, Interval.MONTH: 1, Interval.YEAR: 1}
"""Minimum number of intervals for a period to count as a month or longer."""


def is_monthly(subscription: Subscription) -> bool:
    """Return True if the period is a month or longer, judged by the bought interval or else by the dates of the
    period.
    """
    if subscription.interval is not None:
        return (subscription.interval_count or 1) >= _MONTHLY[subscription.interval]
    start, end = subscription.current_period_start, subscription.next_charge or subscription.access_until
    return start is not None and end is not None and end - start >= MONTH


def notice_before(subscription: Subscription, notice: timedelta) -> timedelta:
    """Return how long before the next charge the customer is notified. `notice`: this time for plans of a month or
    longer.
    """
    return notice if is_monthly(subscription) else SHORT


def announced_with_receipt(subscription: Subscription, now: datetime) -> datetime | None:
    """Return the date of the next charge if the receipt of the previous charge announces it, as for plans shorter than
    a month. Return None for a longer plan or if no future charge is known.
    """
    charge = subscription.next_charge
    return charge if charge is not None and charge > now and not is_monthly(subscription) else None


def move_before(subscription: Subscription, notice: timedelta) -> timedelta:
    """Return how long before the charge its date is changed, so that the notice already names the new date."""
    return notice_before(subscription, notice) + PREPARATION
