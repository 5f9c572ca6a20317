"""Repository of questions and answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey
from umbral_survey.domain import SurveyAnswer, SurveyRequest


class SurveyRepository(Protocol):
    """Repository of questions and answers, one of each per customer."""

    async def of_customer(self, customer_id: CustomerId) -> SurveyAnswer | None:
        """Return a customer's answer; None if there is none."""
        ...

    async def save(self, answer: SurveyAnswer) -> None:
        """Store an answer in place of the customer's earlier one."""
        ...

    async def add_request(self, request: SurveyRequest) -> None:
        """Store that a customer cancelled, unless this is stored already."""
        ...

    async def due(self, cancelled_by: datetime) -> Sequence[SurveyRequest]:
        """Lock and return the questions that were not sent yet, of customers who cancelled by a time."""
        ...

    async def save_request(self, request: SurveyRequest) -> None:
        """Store that a question was sent."""
        ...

    async def remove_request(self, request: SurveyRequest) -> None:
        """Remove a question."""
        ...


SURVEY_KEY: Final = RepositoryKey["SurveyRepository"]("survey")
