"""When the right to be in a channel ends, and who may pass its door."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.services import pause_policy

RESUME_AHEAD: Final = timedelta(hours=1)
"""How long before the end of a pause its provider is told to charge again: a period that began is left out whole."""
WAKES: Final = timedelta(days=1)
"""How long the charge that ends a pause may take, where a failed one is given less grace."""
_LASTS: Final = "lasts"


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


def lets_in(subscription: Subscription, grace: timedelta, now: datetime) -> bool:
    """Whether its customer may be inside by it: it is live, does not rest, and has time left, grace days included."""
    return subscription.live and not subscription.rests and not is_over(subscription, grace, now)


def stands_still(subscription: Subscription) -> bool:
    """Whether we keep its customer out, for a dispute or by staff: its time does not run out meanwhile. What ends that
    ends it, or gives the days back.
    """
    return subscription.withheld


def rests_without_date(subscription: Subscription) -> bool:
    """Return True if its provider paused it and names no end of the pause: it may rest for months."""
    return subscription.status is SubscriptionStatus.PAUSED and subscription.pause_until is None


def rest(subscription: Subscription, start: datetime, now: datetime, source_key: str) -> LedgerEntry:
    """What the ledger is told of the time that we kept a customer out: meanwhile nothing of theirs ran, grace days
    either. source_key: of what kept them out."""
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.COMPENSATION,
        source_key=source_key,
        starts_at=start,
        length=max(now - start, timedelta()),
        created_at=now,
    )


def with_rest(subscription: Subscription, entries: Iterable[LedgerEntry], now: datetime) -> Sequence[LedgerEntry]:
    """The entries as they stand now, that we may still keep their customer out taken into account."""
    withheld_since = subscription.withheld_since
    return [*entries, *([rest(subscription, withheld_since, now, _LASTS)] if withheld_since is not None else [])]


def over_at(subscription: Subscription, grace: timedelta) -> datetime | None:
    """When its time, and the grace a failed charge is given, runs out; None where it never had any."""
    if subscription.access_until is None:
        return None
    if subscription.pause_until is not None and subscription.status is SubscriptionStatus.PAUSED:
        # Nothing of a pause is lost to who waits for the charge that ends it.
        return max(subscription.access_until, subscription.pause_until) + max(grace, WAKES)
    extra = grace if subscription.status is SubscriptionStatus.PAST_DUE else timedelta()
    return subscription.access_until + extra


def shown_end(subscription: Subscription, grace: timedelta) -> datetime | None:
    """Return the end of access that people are shown, grace included; None for a subscription that never had time.

    During a month left out, access ends with the time that was paid: the grace after the pause gives none back.
    """
    if subscription.status is SubscriptionStatus.PAUSED:
        return subscription.access_until
    return over_at(subscription, grace)


def sleeps(subscription: Subscription, now: datetime) -> bool:
    """Whether a month left out at its customer's wish lasts: until shortly before its end there is nothing to do."""
    pause_end = subscription.pause_until
    return pause_end is not None and subscription.status is SubscriptionStatus.PAUSED and now < pause_end - RESUME_AHEAD


def wakes_at(subscription: Subscription) -> datetime | None:
    """When its provider has to charge again after a month left out, whether its customer is out or has days of their
    own in it; None where none is left out now."""
    pause_end = subscription.pause_until
    return pause_end - RESUME_AHEAD if pause_end is not None and pause_policy.has_begun(subscription) else None


def wakes(subscription: Subscription, now: datetime) -> bool:
    """Whether its customer's pause is over, or about to be: its provider has to charge again."""
    if subscription.pause_until is not None and subscription.status is SubscriptionStatus.PAUSED:
        return not sleeps(subscription, now)
    at = wakes_at(subscription)
    return subscription.status is SubscriptionStatus.ACTIVE and at is not None and at <= now


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
