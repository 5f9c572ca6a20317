"""When a customer is reminded of what is coming, each reminder once, none at night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.entities.notification import NOTICES, MessageKind
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.services import notice_policy, pause_policy

MORNING: Final = time(9)
NIGHT: Final = time(22)

LONG_PERIOD: Final = timedelta(days=90)
SHORT_PERIOD: Final = timedelta(days=7)
BEFORE_END: Final = (timedelta(days=3), timedelta(days=1), timedelta(hours=3))
BEFORE_LONG_END: Final = timedelta(days=7)
SECOND_FAILURE_NOTICE: Final = timedelta(days=2)
LAST_FAILURE_NOTICE: Final = timedelta(hours=12)
STALE: Final = timedelta(days=2)
"""What should have been said so long ago is not said any more."""
EVENING: Final = time(21)
"""When a notice is given that would be due in the night after: it may be early, never late."""


@dataclass(frozen=True)
class Reminder:
    """kind: what is said. due_at: when. key: unique for its subscription and period, so it is said once."""

    kind: MessageKind
    due_at: datetime
    key: str


def reminders(
    subscription: Subscription,
    grace: timedelta,
    zone: ZoneInfo,
    after_end: Sequence[timedelta] = (),
    length: timedelta | None = None,
    notice: timedelta = notice_policy.DEFAULT,
) -> Sequence[Reminder]:
    """Everything there will be to say about the subscription as it stands, in the order of time. zone: the customer's.
    after_end: how long after the end to say how to come back. length: the longest time that was bought or given at
    once and runs up to the end, None = all of it. notice: how long before its charge a plan of a month or longer is
    announced.

    A charge is told by when the provider makes it, an end by when access ends: whoever has time in advance is charged
    long before that ends.

    Failed charges are told by day and night. What announces a charge is told the evening before rather than at night;
    all else waits for the customer's morning, and is dropped where the morning comes too late to be of use.
    """
    status = subscription.status
    if status is SubscriptionStatus.PAST_DUE:
        return _dunning_reminders(subscription, grace)
    if status is SubscriptionStatus.EXPIRED:
        return _come_back(subscription, zone, after_end)
    charge = subscription.next_charge
    if pause_policy.pauses(subscription) and not subscription.withheld:
        lead = notice_policy.notice_before(subscription, notice)
        coming = [(MessageKind.RENEWAL_COMING, charge - lead)] if charge is not None else []
        return _by_day(subscription, coming, charge or subscription.created_at, zone)
    end = charge if subscription.renews else subscription.access_until
    # None also where its provider charges nothing for now, as while collection is paused without a date.
    if status is SubscriptionStatus.INCOMPLETE or subscription.rests or end is None:
        return ()
    # Whoever cancels is told the last day at once; what would have been said before that is not made up for.
    canceled_at = subscription.canceled_at if status is SubscriptionStatus.CANCELED else None
    leads = _leads(subscription, end, length, notice)
    moments = [(kind, end - lead) for kind, lead in leads if canceled_at is None or end - lead > canceled_at]
    return _by_day(subscription, moments, end, zone)


def due(candidates: Sequence[Reminder], now: datetime) -> Reminder | None:
    """The one to say now: after a long silence only the latest, and not that either where the next one is nearer."""
    reminders = [reminder for reminder in candidates if reminder.due_at <= now]
    coming_next_due = next_due(candidates, now)
    if not reminders or (coming_next_due is not None and coming_next_due - now < now - reminders[-1].due_at):
        return None
    return reminders[-1]


def is_stale(subscription: Subscription, reminder: Reminder, now: datetime) -> bool:
    """Whether it should have been said too long ago, or is about a charge whose moment has come already, as a provider
    may still name it for a while."""
    charge = subscription.next_charge if reminder.kind in NOTICES else None
    return charge <= now if charge is not None else now - reminder.due_at >= STALE


def next_due(reminders: Sequence[Reminder], now: datetime) -> datetime | None:
    """When to look again."""
    return min((reminder.due_at for reminder in reminders if reminder.due_at > now), default=None)


def _leads(
    subscription: Subscription, end: datetime, paid_period: timedelta | None, notice: timedelta
) -> Sequence[tuple[MessageKind, timedelta]]:
    period = end - (subscription.current_period_start or subscription.created_at)
    if subscription.status is SubscriptionStatus.TRIALING:
        by_length = min(notice, period) if period >= notice_policy.MONTH else notice_policy.SHORT
        return [(MessageKind.TRIAL_ENDING, by_length if period >= SHORT_PERIOD else BEFORE_END[1])]
    if subscription.renews:
        # What is left until a charge that was put off may be short, and says nothing of how often there is one.
        has_notice = period >= SHORT_PERIOD or subscription.charge_moved_to is not None
        lead = notice_policy.notice_before(subscription, notice)
        return [(MessageKind.RENEWAL_COMING, lead)] if has_notice else []
    leads = (
        (BEFORE_LONG_END, *BEFORE_END)
        if (period if paid_period is None else paid_period) >= LONG_PERIOD
        else BEFORE_END
    )
    return [(MessageKind.ENDING_SOON, lead) for lead in leads if lead < period]


def _by_day(
    subscription: Subscription, moments: Sequence[tuple[MessageKind, datetime]], end: datetime, zone: ZoneInfo
) -> Sequence[Reminder]:
    reminders = list[Reminder]()
    for kind, moment in moments:
        if kind in NOTICES:
            reminders.append(Reminder(kind, in_the_evening(moment, zone), _notice_key(subscription, kind, end)))
        elif (morning := in_the_morning(moment, zone)) < end:
            reminders.append(_reminder(subscription, kind, moment, morning))
    return sorted(reminders, key=lambda reminder: reminder.due_at)


def _notice_key(subscription: Subscription, kind: MessageKind, charge: datetime) -> str:
    """One for each charge and what it takes: another lead announces nothing twice, another amount does."""
    plan_id, upcoming = subscription.coming_plan_id or subscription.plan_id, subscription.upcoming
    agreed = (subscription.next_price if subscription.coming_plan_id else None) or subscription.price
    other = upcoming.amount if upcoming is not None and upcoming.amount != agreed else None
    what = f"{(other or subscription.price).minor}:{plan_id}"
    return f"{subscription.id}:{kind}:{charge.isoformat()}:{what}"


def _dunning_reminders(subscription: Subscription, grace: timedelta) -> Sequence[Reminder]:
    """The first notice is the failure's own message; these follow it."""
    # The provider's period may run on unpaid; ours ended with what the ledger has.
    failed_at = subscription.access_until
    if failed_at is None:
        return ()
    end = failed_at + grace
    moments = [failed_at + SECOND_FAILURE_NOTICE, end - LAST_FAILURE_NOTICE]
    told_at = max(failed_at, subscription.owed_since or failed_at)
    kind = MessageKind.DUNNING
    return [_reminder(subscription, kind, moment, moment) for moment in moments if told_at < moment < end]


def _come_back(subscription: Subscription, zone: ZoneInfo, waits: Sequence[timedelta]) -> Sequence[Reminder]:
    if subscription.ended_at is None or subscription.end_reason != "period_over":
        return ()
    moments = [subscription.ended_at + wait for wait in sorted(waits)]
    kind = MessageKind.COME_BACK
    return [_reminder(subscription, kind, moment, in_the_morning(moment, zone)) for moment in moments]


def in_the_morning(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment itself by day, else the next morning there."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return moment
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone).astimezone(moment.tzinfo)


def in_the_evening(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment itself by day, else the evening before there."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return moment
    day = local.date() if local.time() >= NIGHT else local.date() - timedelta(days=1)
    return datetime.combine(day, EVENING, zone).astimezone(moment.tzinfo)


def _reminder(subscription: Subscription, kind: MessageKind, moment: datetime, due_at: datetime) -> Reminder:
    return Reminder(kind, due_at, f"{subscription.id}:{kind}:{moment.isoformat()}")
