"""A line of figures each morning, about the day before, and on Mondays about the week."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from features.news.domain import Topic
from features.news.jobs import NoteNews
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class WatchNews:
    """Repeating a line of the same day changes nothing.

    zone: whose morning.
    """

    units: UnitOfWorkFactory
    clock: Clock
    zone: ZoneInfo

    async def daily(self) -> None:
        """Owe the line about yesterday."""
        await self._owe(Topic.DAILY, self._local_date())

    async def weekly(self) -> None:
        """Owe the line about the week that ended with the last Sunday."""
        today = self._local_date()
        await self._owe(Topic.WEEKLY, today - timedelta(days=today.weekday()))

    def _local_date(self) -> date:
        return self.clock.now().astimezone(self.zone).date()

    async def _owe(self, topic: Topic, day: date) -> None:
        key, midnight = f"{topic}:{day.isoformat()}", datetime.combine(day, time(), self.zone)
        async with self.units() as uow:
            await uow.enqueue(NoteNews(topic=topic, key=key, word=midnight.isoformat()).keyed_job(key))
            await uow.commit()
