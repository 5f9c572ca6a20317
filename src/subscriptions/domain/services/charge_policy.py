"""When a provider should charge next: not before what its customer has is over."""

from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus

AHEAD: Final = timedelta(days=1)
"""By so much access outlasts the next charge at least for that to be put off."""
BEFORE_CHARGE: Final = timedelta(days=5)
"""How long before it a charge is put off: earlier than it is told, so that nobody is told of one that does not come.
Until then what is paid runs as any other period does, and a change of plan is charged as ever."""


def due_at(subscription: Subscription) -> datetime | None:
    """When the next charge should be, where its provider is to make it before; None where it may stay as it is."""
    charge, end = subscription.next_charge, subscription.access_until
    if charge is None or end is None or end - charge < AHEAD:
        return None
    settled = subscription.pause_until is not None or subscription.next_plan_id is not None
    runs = subscription.status is SubscriptionStatus.ACTIVE and not subscription.rests
    return end if runs and not settled else None


def moves_at(subscription: Subscription) -> datetime | None:
    """From when on it is to be put off; None where it is not."""
    charge = subscription.next_charge
    return charge - BEFORE_CHARGE if charge is not None and due_at(subscription) is not None else None
