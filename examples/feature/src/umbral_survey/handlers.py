"""Handler of the worker's job that records a cancellation for the survey."""

from typing import Final

from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of
from umbral_survey.jobs import NoteCancellation
from umbral_survey.wiring import send_surveys


def _handlers(core: CoreContainer) -> JobHandlers:
    send = send_surveys(core)
    return dict([handler_of(NoteCancellation, lambda job: send.note(job.customer_id, job.at))])


HANDLERS: Final = HandlersPart({"worker": _handlers})
