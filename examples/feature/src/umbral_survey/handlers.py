"""Handler of the survey's job."""

from typing import Final

from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.job_handlers import HandlersPart, JobHandlers, handler_of
from umbral_survey.jobs import NoteCancellation
from umbral_survey.use_cases.send_surveys import SendSurveys


def _handlers(core: CoreContainer) -> JobHandlers:
    send = SendSurveys(core.units(), core.clock(), lambda: core.settings().survey_after_days)
    return dict([handler_of(NoteCancellation, lambda job: send.note(job.customer_id, job.at))])


HANDLERS: Final = HandlersPart({"worker": _handlers})
