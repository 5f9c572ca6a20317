"""A line of figures each morning, about the day before, and on Mondays about the week."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from subscriptions.application.dto.news_jobs import NoteNews
from subscriptions.domain.entities.news import Topic
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class WatchNews:
    """Repeating a line of the same day changes nothing."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, zone: ZoneInfo) -> None:
        """zone: whose morning."""
        self._zone = zone
        self._units = units
        self._clock = clock

    async def daily(self) -> None:
        """Owe the line about yesterday."""
        await self._owe(Topic.DAILY, self._local_date())

    async def weekly(self) -> None:
        """Owe the line about the week that ended with the last Sunday."""
        today = self._local_date()
        await self._owe(Topic.WEEKLY, today - timedelta(days=today.weekday()))

    def _local_date(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def _owe(self, topic: Topic, day: date) -> None:
        key, midnight = f"{topic}:{day.isoformat()}", datetime.combine(day, time(), self._zone)
        async with self._units() as uow:
            await uow.enqueue(NoteNews(topic=topic, key=key, word=midnight.isoformat()).keyed_job(key))
            await uow.commit()
