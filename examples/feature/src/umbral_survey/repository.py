"""Repository of answers in PostgreSQL."""

from typing import ClassVar, Final

from subscriptions.domain.ids import CustomerId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.repositories.store import TableStore, Unit
from umbral_survey.domain import SurveyAnswer
from umbral_survey.ports import SURVEY_KEY
from umbral_survey.tables import survey_answers

ANSWER: Final = RowMapper(SurveyAnswer)


class SqlSurveyRepository:
    """SurveyRepository in PostgreSQL."""

    key: ClassVar = SURVEY_KEY

    def __init__(self, unit: Unit) -> None:
        self._answers = TableStore(unit, survey_answers, ANSWER)

    async def of_customer(self, customer_id: CustomerId) -> SurveyAnswer | None:
        """See the port."""
        return await self._answers.one(customer_id=customer_id)

    async def save(self, answer: SurveyAnswer) -> None:
        """See the port."""
        await self._answers.save(answer)


REPOSITORIES: Final = (SqlSurveyRepository,)
