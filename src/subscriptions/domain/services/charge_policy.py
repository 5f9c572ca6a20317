"""When a provider should charge next: not before what its customer has is over."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.services.notice_policy import move_before

LEAST_GAP: Final = timedelta(days=1)
"""By so much access outlasts the next charge at least for that to be put off, or ends before one that was."""


def due_at(subscription: Subscription) -> datetime | None:
    """When the next charge should be; None where it may stay as it is. It comes sooner only where it was put off, and
    what that was for is taken back.
    """
    charge, end = subscription.next_charge, subscription.access_until
    if charge is None or end is None:
        return None
    sooner = subscription.charge_moved_to is not None and charge - end >= LEAST_GAP
    if end - charge < LEAST_GAP and not sooner:
        return None
    has_agreement = subscription.pause_until is not None or subscription.next_plan_id is not None
    runs = subscription.status is SubscriptionStatus.ACTIVE and not subscription.rests
    return end if runs and not has_agreement else None


def moves_at(subscription: Subscription, notice: timedelta) -> datetime | None:
    """From when on it is to be moved; None where it is not. notice: how long before it a charge is announced.

    It is moved before that, so that no notice names a charge that does not come. Until then what is paid runs as any
    other period does, and a change of plan is charged as ever.
    """
    charge, due = subscription.next_charge, due_at(subscription)
    return min(charge, due) - move_before(subscription, notice) if charge is not None and due is not None else None


def earliest_end(subscription: Subscription, now: datetime, notice: timedelta) -> datetime | None:
    """Before when access cannot be made to end, because its provider goes on; None where no provider does. Where the
    charge was put off it can be brought nearer, and this leaves the time to do so and to announce it. notice: see
    `moves_at`.
    """
    if subscription.provider_ref is None:
        return None
    if subscription.charge_moved_to is None:
        return subscription.current_period_end
    return now + move_before(subscription, notice)
