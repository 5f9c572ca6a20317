"""Repository of questions and answers in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import delete

from subscriptions.domain.ids import CustomerId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.repositories.store import TableStore, Unit
from umbral_survey.domain import SurveyAnswer, SurveyRequest
from umbral_survey.ports import SURVEY_KEY
from umbral_survey.tables import survey_answers, survey_requests

ANSWER: Final = RowMapper(SurveyAnswer)
REQUEST: Final = RowMapper(SurveyRequest)


class SqlSurveyRepository:
    """SurveyRepository in PostgreSQL."""

    key: ClassVar = SURVEY_KEY

    def __init__(self, unit: Unit) -> None:
        self._answers = TableStore(unit, survey_answers, ANSWER)
        self._requests = TableStore(unit, survey_requests, REQUEST)

    async def of_customer(self, customer_id: CustomerId) -> SurveyAnswer | None:
        """Implements `SurveyRepository.of_customer`."""
        return await self._answers.one(customer_id=customer_id)

    async def save(self, answer: SurveyAnswer) -> None:
        """Implements `SurveyRepository.save`."""
        await self._answers.save(answer)

    async def add_request(self, request: SurveyRequest) -> None:
        """Implements `SurveyRepository.add_request`."""
        await self._requests.add_if_new(request)

    async def due(self, cancelled_by: datetime) -> Sequence[SurveyRequest]:
        """Implements `SurveyRepository.due`."""
        columns = survey_requests.c
        is_due = columns.sent_at.is_(None) & (columns.cancelled_at <= cancelled_by)
        return await self._requests.many(is_due, order=(columns.cancelled_at,), lock=True)

    async def save_request(self, request: SurveyRequest) -> None:
        """Implements `SurveyRepository.save_request`."""
        await self._requests.save(request)

    async def remove_request(self, request: SurveyRequest) -> None:
        """Implements `SurveyRepository.remove_request`."""
        columns = survey_requests.c
        await self._requests.run(delete(survey_requests).where(columns.customer_id == request.customer_id))


REPOSITORIES: Final = (SqlSurveyRepository,)
