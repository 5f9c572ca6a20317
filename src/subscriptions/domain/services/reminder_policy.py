"""Policy that schedules reminders. Each reminder is sent once. None is sent at night, except about a failed charge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.entities.notification import NOTICES, MessageKind
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.services import access_policy, notice_policy, pause_policy

MORNING: Final = time(9)
NIGHT: Final = time(22)

LONG_PERIOD: Final = timedelta(days=90)
SHORT_PERIOD: Final = timedelta(days=7)
BEFORE_END: Final = (timedelta(days=3), timedelta(days=1), timedelta(hours=3))
BEFORE_LONG_END: Final = timedelta(days=7)
SECOND_FAILURE_NOTICE: Final = timedelta(days=2)
LAST_FAILURE_NOTICE: Final = timedelta(hours=12)
STALE: Final = timedelta(days=2)
"""Age from which a reminder is no longer sent."""
EVENING: Final = time(21)
"""Time in the evening at which a charge notice is sent that would be due in the following night: a notice may be early
but not late.
"""


@dataclass(frozen=True)
class Reminder:
    """Scheduled reminder. `key`: unique per subscription and period, so that the reminder is sent once."""

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
    """Return all reminders of a subscription in its current state, by time.

    zone: the customer's time zone
    after_end: delays after the end for win-back messages
    length: longest time bought or granted at once that runs up to the end; None for all of the time
    notice: time before the charge at which a plan of a month or longer is announced

    Reminders of a charge refer to the provider's date. Reminders of an end refer to the end of access: prepaid time may
    end long after the next charge. While the provider announces no charge, because the seller paused them without an
    end date, access ends with the customer's time.

    Failed charges are reported at any time of day. Announcements of a charge that are due at night are sent the evening
    before. All others wait for the customer's morning and are dropped if that is too late.
    """
    status = subscription.status
    if status is SubscriptionStatus.PAST_DUE:
        return _dunning_reminders(subscription, grace) if subscription.has_failed_charge else ()
    if status is SubscriptionStatus.EXPIRED:
        return _come_back(subscription, zone, after_end)
    charge = subscription.next_charge
    if pause_policy.pauses(subscription) and not subscription.on_hold:
        lead = notice_policy.notice_before(subscription, notice)
        # While the charge after the month is unpaid, the one after that is not announced.
        is_owed = subscription.owed_since is not None
        coming = [(MessageKind.RENEWAL_COMING, charge - lead)] if charge is not None and not is_owed else []
        return _by_day(subscription, coming, charge or subscription.created_at, zone)
    is_trial = status is SubscriptionStatus.TRIALING
    end = charge if charge is not None or (is_trial and subscription.renews) else subscription.access_until
    if status is SubscriptionStatus.INCOMPLETE or subscription.is_paused or end is None:
        return ()
    # A customer who cancels sees the last day at once; earlier reminders are not made up.
    canceled_at = subscription.canceled_at if status is SubscriptionStatus.CANCELED else None
    leads = _leads(subscription, end, length, notice)
    moments = [(kind, end - lead) for kind, lead in leads if canceled_at is None or end - lead > canceled_at]
    return _by_day(subscription, moments, end, zone)


def due(candidates: Sequence[Reminder], now: datetime) -> Reminder | None:
    """Return the reminder to send now, or None. After a long gap, only the latest due reminder is considered, and it is
    skipped if the time until the next reminder is shorter than its own delay.
    """
    reminders = [reminder for reminder in candidates if reminder.due_at <= now]
    coming_next_due = next_due(candidates, now)
    if not reminders or (coming_next_due is not None and coming_next_due - now < now - reminders[-1].due_at):
        return None
    return reminders[-1]


def is_stale(subscription: Subscription, reminder: Reminder, now: datetime) -> bool:
    """Return True if the reminder is overdue by too much, or announces a charge whose date has passed. A provider may
    still report such a charge for a while.
    """
    charge = subscription.next_charge if reminder.kind in NOTICES else None
    return charge <= now if charge is not None else now - reminder.due_at >= STALE


def next_due(reminders: Sequence[Reminder], now: datetime) -> datetime | None:
    """Return when to check for due reminders again; None if no further reminder is planned."""
    return min((reminder.due_at for reminder in reminders if reminder.due_at > now), default=None)


def _leads(
    subscription: Subscription, end: datetime, paid_period: timedelta | None, notice: timedelta
) -> Sequence[tuple[MessageKind, timedelta]]:
    period = end - (subscription.current_period_start or subscription.created_at)
    if subscription.status is SubscriptionStatus.TRIALING:
        by_length = min(notice, period) if period >= notice_policy.MONTH else notice_policy.SHORT
        return [(MessageKind.TRIAL_ENDING, by_length if period >= SHORT_PERIOD else BEFORE_END[1])]
    if subscription.next_charge is not None:
        # The time until a postponed charge may be short and does not reflect the billing period.
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
    """Return a key that is unique per charge and amount. The notice is therefore repeated if the amount changes, and
    not repeated if the lead time changes.
    """
    plan_id, upcoming = subscription.coming_plan_id or subscription.plan_id, subscription.upcoming
    agreed = (subscription.next_price if subscription.coming_plan_id else None) or subscription.price
    other = upcoming.amount if upcoming is not None and upcoming.amount != agreed else None
    what = f"{(other or subscription.price).minor}:{plan_id}"
    return f"{subscription.id}:{kind}:{charge.isoformat()}:{what}"


def _dunning_reminders(subscription: Subscription, grace: timedelta) -> Sequence[Reminder]:
    """Return the reminders after a failed charge. They follow the message about the failure itself."""
    # The provider's period may continue unpaid; the customer's access ended with the time in the ledger.
    failed_at = access_policy.grace_begins(subscription)
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
    """Return the timestamp unchanged if it is in the daytime, or else the next morning in the time zone."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return moment
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone).astimezone(moment.tzinfo)


def in_the_evening(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the timestamp unchanged if it is in the daytime, or else the previous evening in the time zone."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return moment
    day = local.date() if local.time() >= NIGHT else local.date() - timedelta(days=1)
    return datetime.combine(day, EVENING, zone).astimezone(moment.tzinfo)


def _reminder(subscription: Subscription, kind: MessageKind, moment: datetime, due_at: datetime) -> Reminder:
    return Reminder(kind, due_at, f"{subscription.id}:{kind}:{moment.isoformat()}")
