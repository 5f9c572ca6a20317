"""When the right to be in a channel ends."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, Subscription, SubscriptionStatus


def ends_at(subscriptions: Iterable[Subscription]) -> datetime | None:
    """The latest end of the live subscriptions behind an access; None when there is none."""
    ends = [item.access_until for item in subscriptions if item.live and item.access_until is not None]
    return max(ends, default=None)


def grace_of(plan: ServicePlan | None, default: timedelta) -> timedelta:
    """How long a failed charge leaves access: the plan's own word, else the operator's."""
    days = plan.grace_days if plan is not None else None
    return default if days is None else timedelta(days=days)


def is_over(subscription: Subscription, grace: timedelta, now: datetime) -> bool:
    """Whether a subscription's time, and the grace a failed charge is given, has run out."""
    if stands_still(subscription):
        return False
    end = over_at(subscription, grace)
    return end is None or now >= end


def stands_still(subscription: Subscription) -> bool:
    """Whether a dispute keeps its customer out: its time does not run out meanwhile, for the end of the dispute ends
    it, or gives the days back.
    """
    return subscription.live and DISPUTE in subscription.paused_for


def over_at(subscription: Subscription, grace: timedelta) -> datetime | None:
    """When its time, and the grace a failed charge is given, runs out; None where it never had any."""
    if subscription.access_until is None:
        return None
    extra = grace if subscription.status is SubscriptionStatus.PAST_DUE else timedelta()
    return subscription.access_until + extra
