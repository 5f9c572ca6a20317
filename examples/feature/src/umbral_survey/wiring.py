"""Factory of the use case that the survey's job handler and schedule share."""

from typing import cast

from subscriptions.bootstrap.core import CoreContainer
from umbral_survey.settings import SurveySettings
from umbral_survey.use_cases.send_surveys import SendSurveys


def send_surveys(core: CoreContainer) -> SendSurveys:
    """Return the use case, which reads the setting at each run."""
    return SendSurveys(core.units(), core.clock(), lambda: cast(SurveySettings, core.settings()).survey_after_days)
