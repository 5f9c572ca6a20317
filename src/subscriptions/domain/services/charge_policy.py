"""Policy that decides when the provider should charge next. No charge should happen before the customer's access
ends.
"""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.ledger import UNCHARGED_SOURCE, LedgerEntry, LedgerKind
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.services.notice_policy import move_before

LEAST_GAP: Final = timedelta(days=1)
"""Minimum difference between the next charge and the end of access; the charge is not rescheduled for less."""


def due_at(subscription: Subscription) -> datetime | None:
    """Return the date to which the next charge should be moved. Return None to keep the current date. A charge is moved
    to an earlier date only if it was postponed before and the reason for the postponement no longer applies.
    """
    charge, end = subscription.next_charge, subscription.access_until
    if charge is None or end is None:
        return None
    sooner = subscription.charge_moved_to is not None and charge - end >= LEAST_GAP
    if end - charge < LEAST_GAP and not sooner:
        return None
    runs = subscription.status is SubscriptionStatus.ACTIVE and not subscription.is_paused
    return end if runs and subscription.pause_until is None else None


def moves_at(subscription: Subscription, notice: timedelta) -> datetime | None:
    """Return the time at which the charge is to be moved; None if the charge keeps its date. `notice`: time between the
    announcement of a charge and the charge.

    The charge is moved before it is announced, so that no announcement names an outdated date. Until the charge is
    moved, the paid period is treated like any other, and plan changes are charged normally.
    """
    charge, due = subscription.next_charge, due_at(subscription)
    return min(charge, due) - move_before(subscription, notice) if charge is not None and due is not None else None


def earliest_end(subscription: Subscription, now: datetime, notice: timedelta) -> datetime | None:
    """Return the earliest time to which the end of access may be shortened while the provider continues to bill. Until
    that time, a postponed charge can still be moved to an earlier date and be announced. Return None without a
    provider.

    `notice`: see `moves_at`.
    """
    if subscription.provider_ref is None:
        return None
    if subscription.charge_moved_to is None:
        return subscription.current_period_end
    return now + move_before(subscription, notice)


def bridge(
    subscription: Subscription, end: datetime | None, now: datetime, notice: timedelta, source_key: str
) -> LedgerEntry | None:
    """Return the ledger entry that keeps a customer inside until their own postponed charge can be made with notice,
    after time that postponed the charge was taken back. Return None if the charge was not postponed, or if the customer
    has other time.

    end: end of access without the time that was taken back
    notice: see `moves_at`
    source_key: cause, unique per entry
    """
    charge, is_postponed = subscription.next_charge, subscription.charge_moved_to is not None
    has_other_time = end is not None and end > now
    if charge is None or charge <= now or not is_postponed or has_other_time or subscription.is_paused:
        return None
    return LedgerEntry(
        subscription_id=subscription.id,
        kind=LedgerKind.COMPENSATION,
        source_key=f"{UNCHARGED_SOURCE}:{source_key}",
        starts_at=now,
        length=min(charge - now, move_before(subscription, notice)),
        created_at=now,
    )
