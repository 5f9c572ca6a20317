"""Scheduled task that alerts the owners about unanswered questions."""

from datetime import timedelta
from typing import Final

from features.support.use_cases.watch_questions import WatchQuestions
from features.support.wiring import support_of
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.services.cadence import Every


def _watch_questions(worker: WorkerContainer) -> WatchQuestions:
    return support_of(worker.core).watch_questions()


SCHEDULE: Final = SchedulePart(
    (
        Work(
            "watch_questions",
            "find customers who wait for an answer",
            Every(timedelta(minutes=5)),
            single(_watch_questions),
        ),
    )
)
