"""Repository of answers."""

from typing import Final, Protocol

from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey
from umbral_survey.domain import SurveyAnswer


class SurveyRepository(Protocol):
    """Repository of answers, one per customer."""

    async def of_customer(self, customer_id: CustomerId) -> SurveyAnswer | None:
        """Return a customer's answer; None if there is none."""
        ...

    async def save(self, answer: SurveyAnswer) -> None:
        """Store an answer in place of the customer's earlier one."""
        ...


SURVEY_KEY: Final = RepositoryKey["SurveyRepository"]("survey")
