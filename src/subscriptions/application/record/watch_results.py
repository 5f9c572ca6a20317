"""Tips that are over and have no result: whoever settles them is reminded each morning."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Way
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.record import RECORDS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


async def are_settled(uow: UnitOfWork, alarm: Alarm, now: datetime) -> bool:
    """Return whether nothing waits any more, or a reminder of a later morning says the same."""
    return now - alarm.raised_at >= timedelta(days=1) or await uow.of(RECORDS_KEY).count_unsettled(alarm.raised_at) == 0


class TipsUnsettled(AlarmKind):
    """Tips that started before today and have no result."""

    name = "tips_unsettled"
    closes = ByCheck(are_settled)
    way = Way.TIPS
    tips: int


@dataclass(frozen=True)
class WatchResults:
    """Repeating it on one day tells nothing twice.

    home: by whose clock a day begins.
    """

    units: UnitOfWorkFactory
    clock: Clock
    home: ZoneInfo

    async def __call__(self) -> None:
        """Remind of tips of the days before this one."""
        now = self.clock.now()
        today = now.astimezone(self.home).date()
        async with self.units() as uow:
            unsettled_count = await uow.of(RECORDS_KEY).count_unsettled(datetime.combine(today, time(), self.home))
            if unsettled_count:
                uow.record(TipsUnsettled(tips=unsettled_count).raise_event(f"{TipsUnsettled.name}:{today}", now))
                await uow.commit()
