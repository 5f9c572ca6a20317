"""Message that asks a customer for the reason of the cancellation."""

from typing import Self
from uuid import UUID

from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.ids import CustomerId
from umbral_survey.domain import SURVEY
from umbral_survey.use_cases.answer_survey import is_asked


class SurveyMessage(Announcement, kind=SURVEY):
    """Question with a button for each answer."""

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message; None if the customer has answered or undone the cancellation. `subject`: id of the
        customer.
        """
        return cls() if await is_asked(sources.uow, CustomerId(subject)) else None
