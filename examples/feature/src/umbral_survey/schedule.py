"""Scheduled task that asks customers for the reason of their cancellation once the waiting time is over."""

from datetime import timedelta
from typing import Final

from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import SchedulePart, Work
from subscriptions.bootstrap.worker import WorkerContainer
from subscriptions.domain.services.cadence import Every
from umbral_survey.use_cases.send_surveys import SendSurveys
from umbral_survey.wiring import send_surveys


def _send(worker: WorkerContainer) -> SendSurveys:
    return send_surveys(worker.core)


SCHEDULE: Final = SchedulePart(
    (Work("send_surveys", "surveys after cancellations", Every(timedelta(minutes=10)), single(_send)),)
)
