"""Repository of questions and answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey
from umbral_survey.domain import SurveyAnswer, SurveyRequest


class SurveyRepository(Protocol):
    """Repository of questions and answers. A customer has at most one question and one answer."""

    async def of_customer(self, customer_id: CustomerId) -> SurveyAnswer | None:
        """Return a customer's answer; None if there is none."""
        ...

    async def save(self, answer: SurveyAnswer) -> None:
        """Store an answer in place of the customer's earlier one."""
        ...

    async def add_request(self, request: SurveyRequest) -> None:
        """Add a request for an answer. Do nothing if the customer already has one."""
        ...

    async def due(self, cancelled_by: datetime) -> Sequence[SurveyRequest]:
        """Lock and return the unsent requests of customers who canceled by this time."""
        ...

    async def save_request(self, request: SurveyRequest) -> None:
        """Save the time at which the question was sent."""
        ...

    async def remove_request(self, request: SurveyRequest) -> None:
        """Delete a request."""
        ...


SURVEY_KEY: Final = RepositoryKey["SurveyRepository"]("survey")
