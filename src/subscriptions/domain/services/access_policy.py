"""Policy that decides when access to a channel ends and which join requests are approved."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.access import WAITS_FOR_LINK, Access, AccessStatus
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind, access_until
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import PROVIDER, Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.events import Recorder
from subscriptions.domain.services import pause_policy

RESUME_AHEAD: Final = timedelta(hours=1)
"""Time before the end of a pause at which the provider is asked to resume billing. If billing resumed after the next
period had begun, the provider would skip that period completely.
"""
WAKES: Final = timedelta(days=1)
"""Minimum time allowed for the charge after a pause to succeed; used if the grace period is shorter."""
LATE: Final = timedelta(days=1)
"""Delay after which a bank's decision about a charge is late, as by SEPA. A late refusal begins the grace period, and a
late confirmation of the first payment begins the paid time.
"""
PATIENT: Final = timedelta(hours=4)
"""Longest interval between two routine checks of the same subscription at its provider: six requests a day."""
_SLOWS_BY: Final = 6
_LASTS: Final = "lasts"


def ends_at(subscriptions: Iterable[Subscription]) -> datetime | None:
    """Return the latest end of access of the live subscriptions among those given. Return None if none of them is live
    and has time.
    """
    ends = [item.access_until for item in subscriptions if item.live and item.access_until is not None]
    return max(ends, default=None)


def grace_of(plan: ServicePlan | None, default: timedelta) -> timedelta:
    """Return the grace period after a failed charge: the plan's own, or the operator's default."""
    days = plan.grace_days if plan is not None else None
    return default if days is None else timedelta(days=days)


def is_over(subscription: Subscription, grace: timedelta, now: datetime) -> bool:
    """Return True if both the subscription's time and its grace period after a failed charge are over, or if it never
    had time. Return False while its time is paused (`stands_still`).
    """
    if stands_still(subscription):
        return False
    end = over_at(subscription, grace)
    return end is None or now >= end


def lets_in(subscription: Subscription, grace: timedelta, now: datetime) -> bool:
    """Return True if the subscription admits its customer: it is live, not paused, and has time or grace left, or its
    next period has begun and is being charged.
    """
    if not subscription.live or subscription.is_paused:
        return False
    return subscription.charging_until(now) is not None or not is_over(subscription, grace, now)


def stands_still(subscription: Subscription) -> bool:
    """Return True if the subscription's time is paused because Umbral keeps the customer out, for a dispute or by a
    staff command. After the pause, the subscription either ends or gets the paused days back.
    """
    return subscription.on_hold


def is_paused_without_date(subscription: Subscription) -> bool:
    """Return True if the provider paused the subscription without an end date, so that the pause may last for
    months.
    """
    return subscription.status is SubscriptionStatus.PAUSED and subscription.pause_until is None


def next_check(subscription: Subscription, now: datetime, soonest: timedelta) -> datetime:
    """Return when the provider is asked again about a subscription whose time is over, in any state.

    The interval grows with the time that has passed since the period or the skipped month ended: from `soonest` in the
    first half hour to `PATIENT` after a day. What takes days, such as a bank debit, a canceled skipped month or a
    provider that refuses the request, therefore causes few requests, and webhooks report most changes earlier. The
    check is not later than the next date on which the subscription may change by itself.
    """
    end, pause_end, period_end = subscription.access_until, subscription.pause_until, subscription.current_period_end
    wakes = pause_end - RESUME_AHEAD if pause_end is not None else None
    ended_at = max((each for each in (end, wakes) if each is not None and each <= now), default=now)
    is_patient = stands_still(subscription) or is_paused_without_date(subscription)
    interval = PATIENT if is_patient else min(max(soonest, (now - ended_at) / _SLOWS_BY), PATIENT)
    return min([now + interval, *(each for each in (wakes, period_end) if each is not None and each > now)])


def rest(subscription: Subscription, start: datetime, now: datetime, source_key: str) -> LedgerEntry:
    """Create the ledger entry that gives back the time of a suspension that began at `start` and during which the
    customer had no access. `source_key`: cause of the suspension.
    """
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.COMPENSATION,
        source_key=source_key,
        starts_at=start,
        length=max(now - start, timedelta()),
        created_at=now,
    )


def rest_of_hold(subscription: Subscription, since: datetime, now: datetime) -> LedgerEntry:
    """Create the ledger entry that gives back, once, the time for which Umbral suspended the access."""
    return rest(subscription, since, now, f"withheld:{subscription.id}:{since.isoformat()}")


def with_rest(subscription: Subscription, entries: Iterable[LedgerEntry], now: datetime) -> Sequence[LedgerEntry]:
    """Return the entries, with an additional temporary entry for a suspension that is still in effect."""
    withheld_since = subscription.withheld_since
    return [*entries, *([rest(subscription, withheld_since, now, _LASTS)] if withheld_since is not None else [])]


def time_end(subscription: Subscription, entries: Sequence[LedgerEntry]) -> datetime | None:
    """Return the end of the customer's time to store with the subscription. While Umbral suspends the access, no time
    runs: the stored end is the one as of the beginning of the suspension, to which the time of the suspension is added
    (`without_hold`).
    """
    since = subscription.withheld_since
    is_given_back = any(each.is_suspension and each.starts_at == since for each in entries)
    end = access_until(entries)
    if since is None or is_given_back or not subscription.on_hold or end is None or end <= since:
        return end
    at = max([since, *(each.created_at for each in entries)])
    end = access_until(with_rest(subscription, entries, at))
    return end - (at - since) if end is not None else None


def over_at(subscription: Subscription, grace: timedelta) -> datetime | None:
    """Return when both the subscription's time and its grace period are over. Return None if it never had time."""
    if subscription.access_until is None:
        return None
    if subscription.pause_until is not None and subscription.status is SubscriptionStatus.PAUSED:
        # The customer must not lose access while the charge that ends the pause is pending.
        return max(subscription.access_until, subscription.pause_until) + max(grace, WAKES)
    begins = grace_begins(subscription)
    return begins + grace if begins is not None else subscription.access_until


def grace_begins(subscription: Subscription) -> datetime | None:
    """Return when the grace period of a failed charge begins: with the end of the customer's time, or with a failure
    that followed later than `LATE`. Return None if no charge has failed, or if the subscription never had time.
    """
    end, failed_at = subscription.access_until, subscription.owed_since
    if end is None or subscription.status is not SubscriptionStatus.PAST_DUE:
        return None
    return failed_at if failed_at is not None and failed_at > end + LATE else end


def without_hold(subscription: Subscription, now: datetime) -> Subscription:
    """Return a copy of the subscription as it would be if Umbral's suspension ended now: the time of the suspension is
    added. Return the subscription itself if Umbral does not suspend it.
    """
    if not subscription.on_hold:
        return subscription
    copy, since, end = replace(subscription, events=Recorder()), subscription.withheld_since, subscription.access_until
    if since is not None and end is not None:
        copy.access_until = max(end, since) + max(now - since, timedelta())
    for reason in sorted(subscription.paused_for - {PROVIDER}):
        copy.resume(reason, now)
    return copy


def shown_end(held_subscription: Subscription, grace: timedelta, now: datetime) -> datetime | None:
    """Return the end of access as shown to people, including grace. Return None for a subscription that never had time.

    While Umbral suspends the access, the shown end is the one that the access would have if the suspension ended now.
    While the charge of a period is under way, it is the end of that period, or of time from another source that lasts
    longer. During a skipped month, it is the end of the paid time. The grace period after the pause does not extend it.
    """
    subscription = without_hold(held_subscription, now)
    charging_end, end = subscription.charging_end, subscription.access_until
    if charging_end is not None and end is not None:
        return max(charging_end, end)
    if subscription.status is SubscriptionStatus.PAUSED:
        return subscription.access_until
    return over_at(subscription, grace)


def sleeps(subscription: Subscription, now: datetime) -> bool:
    """Return True during a month that the customer skips, until `RESUME_AHEAD` before its end. Nothing has to be done
    for the subscription in this time.
    """
    pause_end = subscription.pause_until
    return pause_end is not None and subscription.status is SubscriptionStatus.PAUSED and now < pause_end - RESUME_AHEAD


def wakes_at(subscription: Subscription) -> datetime | None:
    """Return when the provider has to resume billing after a skipped month, whether or not the customer has time from
    another source in that month. Return None if no month is being skipped.
    """
    pause_end = subscription.pause_until
    return pause_end - RESUME_AHEAD if pause_end is not None and pause_policy.has_begun(subscription) else None


def wakes(subscription: Subscription, now: datetime) -> bool:
    """Return True if the skipped month is over or about to end, so that the provider has to resume billing."""
    if subscription.pause_until is not None and subscription.status is SubscriptionStatus.PAUSED:
        return not sleeps(subscription, now)
    at = wakes_at(subscription)
    return subscription.status is SubscriptionStatus.ACTIVE and at is not None and at <= now


def may_pass(access: Access | None, entry: VipEntry | None) -> bool:
    """Return True if a join request is to be approved: the customer is entitled and has completed the entry steps, if
    there are any.

    `entry`: customer's entry steps for the shared channel; None if there are none, as for personal channels.
    """
    return access is not None and access.may_enter() and _has_finished_ritual(entry)


def may_see_link(access: Access | None, entry: VipEntry | None) -> bool:
    """Return True if the customer may see the invite link: the customer is outside the chat and would be admitted."""
    return access is not None and access.status is not AccessStatus.ACTIVE and may_pass(access, entry)


def wants_link(access: Access | None, entry: VipEntry | None) -> bool:
    """Return True if an invite link should exist: the customer is entitled and outside the chat. This also applies
    after a failed attempt to create a link.
    """
    return access is not None and access.status in WAITS_FOR_LINK and _has_finished_ritual(entry)


def _has_finished_ritual(entry: VipEntry | None) -> bool:
    return entry is None or entry.allows_joining
