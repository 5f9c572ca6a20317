"""Scheduled recalculation of statistics for shops with many customers."""

from datetime import timedelta
from typing import Final

from features.figures.wiring import figures_of
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.domain.services.cadence import Every

SCHEDULE: Final = SchedulePart(
    (
        Work(
            "keep_figures",
            "refresh the displayed statistics of a large shop",
            Every(timedelta(seconds=5)),
            single(lambda worker: figures_of(worker.core).keep_figures()),
            drains=True,
        ),
    )
)
