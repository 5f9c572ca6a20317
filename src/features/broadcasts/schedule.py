"""Scheduled check for mirrored channels that no userbot account can see."""

from datetime import timedelta
from functools import lru_cache
from typing import Final

from features.broadcasts.use_cases.watch_sources import WatchSources
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.services.cadence import Every


@lru_cache(maxsize=1)
def _watch_sources(worker: WorkerContainer) -> WatchSources:
    """Return the use case. It must be created only once per process, because it remembers since when each channel is
    unseen.
    """
    return WatchSources(worker.core.units(), worker.core.clock())


SCHEDULE: Final = SchedulePart(
    (
        Work(
            "watch_sources",
            "find mirrored channels that no account sees",
            Every(timedelta(minutes=1)),
            single(_watch_sources),
        ),
    )
)
