"""Alarms about what is seen again and again while it lasts."""

from datetime import datetime

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def raise_once(uow: UnitOfWork, alarm: AlarmRaised, now: datetime) -> None:
    """Tell the owners, unless they were told under the same key; the caller commits."""
    if await uow.alarms.add_if_new(Alarm.raised(alarm.key, alarm.kind, dict(alarm.facts), now)):
        uow.record(alarm)


def about_period(subscription: Subscription, kind: str, reason: str) -> AlarmRaised:
    """An alarm about a subscription, one of its kind for each of its periods."""
    end = subscription.access_until
    key = f"{kind}:{subscription.id}:{end.isoformat() if end is not None else '-'}"
    facts = (("subscription", str(subscription.id)), ("provider", subscription.provider or "-"), ("reason", reason))
    return AlarmRaised(key, kind, facts)
