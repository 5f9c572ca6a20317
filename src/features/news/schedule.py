"""Scheduled tasks that queue the daily and weekly business figures for the activity feed."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from features.news.use_cases.watch_news import WatchNews
from features.news.wiring import NewsContainer
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.services.cadence import At
from subscriptions.domain.services.reminder_policy import MORNING

_MONDAY: Final = 0


def works(watch_news: Callable[[WorkerContainer], WatchNews]) -> Sequence[Work]:
    """Return the scheduled tasks for the daily and weekly figures. `watch_news`: factory of the use case."""
    return (
        Work(
            "news_daily",
            "send the owners the previous day's figures",
            At(MORNING),
            single(lambda w: watch_news(w).daily),
        ),
        Work(
            "news_weekly",
            "send the owners the previous week's figures",
            At(MORNING, weekday=_MONDAY),
            single(lambda w: watch_news(w).weekly),
        ),
    )


@lru_cache(maxsize=1)
def _watch_news(worker: WorkerContainer) -> WatchNews:
    """Return the use case. The result is cached for the process, because the scheduler requests the use case at every
    tick.
    """
    return NewsContainer(core=worker.core).watch_news()


SCHEDULE: Final = SchedulePart(works(_watch_news))
