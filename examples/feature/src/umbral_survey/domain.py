"""Questions and answers of the survey."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import CustomerId

SURVEY: Final = "survey_asked"
"""Kind of the message with the question."""


class Reason(StrEnum):
    """Reason why a customer cancelled."""

    PRICE = "price"
    CONTENT = "content"
    PAUSE = "pause"
    OTHER = "other"


@dataclass
class SurveyAnswer:
    """A customer's newest answer."""

    customer_id: CustomerId
    reason: Reason
    answered_at: datetime


@dataclass
class SurveyRequest:
    """A customer who cancelled and is asked why. `sent_at`: None until the question is sent."""

    customer_id: CustomerId
    cancelled_at: datetime
    sent_at: datetime | None = None
