"""Daily reminder of started tips without a result."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Way
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.record import RECORDS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


async def are_settled(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return True if no tip is unsettled, or if the alarm is a day old and a later alarm replaces it."""
    return now - alarm.raised_at >= timedelta(days=1) or await uow.of(RECORDS_KEY).count_unsettled(alarm.raised_at) == 0


class TipsUnsettled(AlarmKind):
    """Alarm: tips that started before today have no result."""

    name = "tips_unsettled"
    closes = ByCheck(are_settled)
    way = Way.TIPS
    tips: int


@dataclass(frozen=True)
class WatchResults:
    """Use case that raises the alarm on a schedule. Idempotent within a day. home: time zone in which a day begins."""

    units: UnitOfWorkFactory
    clock: Clock
    home: ZoneInfo

    async def __call__(self) -> None:
        """Raise an alarm about unsettled tips of the previous days."""
        now = self.clock.now()
        today = now.astimezone(self.home).date()
        async with self.units() as uow:
            unsettled_count = await uow.of(RECORDS_KEY).count_unsettled(datetime.combine(today, time(), self.home))
            if unsettled_count:
                uow.record(TipsUnsettled(tips=unsettled_count).raise_event(f"{TipsUnsettled.name}:{today}", now))
                await uow.commit()
