"""Scheduling of activity feed entries with business figures: every morning for the previous day, and on Mondays also
for the previous week.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from features.news.domain import Topic
from features.news.jobs import NoteNews
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class WatchNews:
    """Use case that queues activity feed entries with figures. Idempotent per day.

    `zone`: the operator's time zone.
    """

    units: UnitOfWorkFactory
    clock: Clock
    zone: ZoneInfo

    async def daily(self) -> None:
        """Queue the figures of yesterday."""
        await self._owe(Topic.DAILY, self._local_date())

    async def weekly(self) -> None:
        """Queue the figures of the week that ended last Sunday."""
        today = self._local_date()
        await self._owe(Topic.WEEKLY, today - timedelta(days=today.weekday()))

    def _local_date(self) -> date:
        return self.clock.now().astimezone(self.zone).date()

    async def _owe(self, topic: Topic, day: date) -> None:
        key, midnight = f"{topic}:{day.isoformat()}", datetime.combine(day, time(), self.zone)
        async with self.units() as uow:
            await uow.enqueue(NoteNews(topic=topic, key=key, word=midnight.isoformat()).keyed_job(key))
            await uow.commit()
