"""Scheduled tasks about tips: check of deadlines, reminders, public posts, and settlement by an external source of
results.
"""

from datetime import timedelta
from typing import Final

from features.record.wiring import record_of
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.domain.services.cadence import At, Every
from subscriptions.domain.services.reminder_policy import MORNING

SCHEDULE: Final = SchedulePart(
    (
        Work(
            "watch_deadlines",
            "find tips that are late or may be",
            Every(timedelta(seconds=10)),
            single(lambda worker: record_of(worker.core).watch_deadlines()),
        ),
        Work(
            "remind_of_tips",
            "remind of tips that start soon",
            Every(timedelta(seconds=10)),
            single(lambda worker: record_of(worker.core).remind_of_tips()),
        ),
        Work(
            "keep_public_posts",
            "update the posts about records in the plans' public channels",
            Every(timedelta(minutes=1)),
            single(lambda worker: record_of(worker.core).keep_public_posts()),
        ),
        Work(
            "ask_results",
            "fetch the results of finished tips",
            Every(timedelta(minutes=10)),
            single(lambda worker: record_of(worker.core).settle_by_source().ask),
        ),
        Work(
            "watch_results",
            "remind staff of yesterday's tips without a result",
            At(MORNING),
            single(lambda worker: record_of(worker.core).watch_results()),
        ),
    )
)
