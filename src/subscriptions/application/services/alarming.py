"""Alarms about what is seen again and again while it lasts."""

from datetime import datetime

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def raise_once(uow: UnitOfWork, alarm: AlarmRaised, now: datetime) -> None:
    """Tell the owners, unless they were told under the same key; the caller commits."""
    if await uow.alarms.add_if_new(Alarm.raised(alarm.key, alarm.kind, dict(alarm.facts), now)):
        uow.record(alarm)
