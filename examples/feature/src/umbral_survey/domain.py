"""Answers to the survey."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscriptions.domain.ids import CustomerId


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
