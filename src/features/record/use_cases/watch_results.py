"""Daily reminder of tips without a result whose event has started."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from features.record.alarms import TipsUnsettled
from features.record.ports.records import RECORDS_KEY
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class WatchResults:
    """Use case that alerts staff about unsettled tips on a schedule. Idempotent within a day. home: time zone in which
    a day begins.
    """

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
