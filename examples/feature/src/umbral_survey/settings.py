"""Setting of the number of days between a cancellation and the question."""

from typing import Final

from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class SurveySettings(EnvironmentSettings):
    """Settings of the survey, which owners can change in the console."""

    survey_after_days: int = setting(
        "SURVEY_AFTER_DAYS",
        "days after a cancellation until the customer is asked why",
        es="días desde la cancelación hasta que se pregunta el motivo",
        restarts=(),
        topic="messages",
        default=1,
        ge=0,
        le=60,
    )


SETTINGS: Final = (("core", SurveySettings),)
