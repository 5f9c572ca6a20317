"""How long before a charge its payer is told of it.

- A plan of a month or longer is announced `RENEWAL_NOTICE_DAYS` before each charge. The default of 15 days follows
  Spain's Ley 10/2025 (art. 97.1 p TRLGDCU), which asks for at least that before a renewal is charged.
- A shorter plan is announced at the charge before, by the receipt of that; and once more three days before, where it is
  of a week or longer.
- A charge that is put off is moved before it is announced, so that no notice names a date that will change.
"""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import Subscription

DEFAULT: Final = timedelta(days=15)
SHORT: Final = timedelta(days=3)
MONTH: Final = timedelta(days=28)
PREPARATION: Final = timedelta(days=2)
"""How long before the notice a charge is moved that has to be: the time a provider may need to answer."""

_MONTHLY: Final = {Interval.DAY: 28, Interval.WEEK: 4, Interval.MONTH: 1, Interval.YEAR: 1}
"""From how many of an interval on a period is a month or longer."""


def is_monthly(subscription: Subscription) -> bool:
    """Return whether a period is a month or longer: by what was bought, else by its dates."""
    if subscription.interval is not None:
        return (subscription.interval_count or 1) >= _MONTHLY[subscription.interval]
    start, end = subscription.current_period_start, subscription.next_charge or subscription.access_until
    return start is not None and end is not None and end - start >= MONTH


def notice_before(subscription: Subscription, notice: timedelta) -> timedelta:
    """Return how long before its next charge the customer is told. notice: for plans of a month or longer."""
    return notice if is_monthly(subscription) else SHORT


def told_with_receipt(subscription: Subscription, now: datetime) -> datetime | None:
    """Return the next charge of a plan shorter than a month, which its receipt names; None of a longer one, and where
    none is known that is still to come."""
    charge = subscription.next_charge
    return charge if charge is not None and charge > now and not is_monthly(subscription) else None


def move_before(subscription: Subscription, notice: timedelta) -> timedelta:
    """Return how long before it a charge is put off."""
    return notice_before(subscription, notice) + PREPARATION
