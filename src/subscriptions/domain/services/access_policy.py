"""When the right to be in a channel ends, and who may pass its door."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import DISPUTE, Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import VipEntry


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


def may_pass(access: Access | None, entry: VipEntry | None) -> bool:
    """Whether a request to join is approved: the right is there, and the ritual, where there is one, is passed.

    entry: into the shared channel; None where there is no ritual, as before every personal channel.
    """
    return access is not None and access.may_enter() and _way_is_free(entry)


def may_see_link(access: Access | None, entry: VipEntry | None) -> bool:
    """Whether a link is shown to its customer: they are outside, and would be let in by it."""
    return access is not None and access.status is not AccessStatus.ACTIVE and may_pass(access, entry)


def wants_link(access: Access | None, entry: VipEntry | None) -> bool:
    """Whether there is to be a link: its customer has the right, also where making it failed before, and is outside."""
    return access is not None and access.status in WAITS_FOR_LINK and _way_is_free(entry)


def _way_is_free(entry: VipEntry | None) -> bool:
    return entry is None or entry.opens_the_door
