"""Entities of the survey: the request to a customer who canceled, and the customer's answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscriptions.domain.ids import CustomerId

SURVEY: Final = "survey_asked"
"""Kind of the message that contains the question."""


class Reason(StrEnum):
    """Reason why a customer canceled."""

    PRICE = "price"
    CONTENT = "content"
    PAUSE = "pause"
    OTHER = "other"


@dataclass
class SurveyAnswer:
    """Newest answer of a customer."""

    customer_id: CustomerId
    reason: Reason
    answered_at: datetime


@dataclass
class SurveyRequest:
    """Request for an answer from a customer who canceled. `sent_at`: None until the question is sent."""

    customer_id: CustomerId
    cancelled_at: datetime
    sent_at: datetime | None = None
