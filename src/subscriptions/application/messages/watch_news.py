"""A line of figures each morning, about the day before, and on Mondays about the week."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.application.dto.news_jobs import NoteNews
from subscriptions.domain.entities.news import Topic
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.reminder_policy import MORNING

_TOLD: Final = "news_day"
"""The variable that holds the last morning on which a line was owed."""


class WatchNews:
    """Looks with every beat, and asks the database once a morning."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, zone: ZoneInfo) -> None:
        """zone: whose morning."""
        self._zone = zone
        self._units = units
        self._clock = clock
        self._seen: date | None = None

    async def __call__(self) -> None:
        """After days without a worker only the last one is told. Repeating it changes nothing."""
        local = self._clock.now().astimezone(self._zone)
        today = local.date()
        if local.time() < MORNING or today == self._seen:
            return
        async with self._units() as uow:
            told = await uow.variables.get(_TOLD)
            before = date.fromisoformat(told) if told else today
            if before != today or not told:
                await uow.variables.set(_TOLD, today.isoformat())
            if before < today:
                monday = today - timedelta(days=today.weekday())
                await uow.enqueue(_line(Topic.DAILY, today, self._zone))
                if before < monday:
                    await uow.enqueue(_line(Topic.WEEKLY, monday, self._zone))
            await uow.commit()
        self._seen = today


def _line(topic: Topic, day: date, zone: ZoneInfo) -> Job:
    midnight = datetime.combine(day, time(), zone)
    key = f"{topic}:{day.isoformat()}"
    return NoteNews(topic=topic, key=key, word=midnight.isoformat()).once(key)
