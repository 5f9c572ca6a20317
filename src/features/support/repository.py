"""Repository of customers' questions and their messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from features.support.domain.question import Question, QuestionLine
from features.support.ports import QUESTIONS_KEY
from features.support.tables import question_lines, questions
from subscriptions.domain.ids import CustomerId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

QUESTION: Final = RowMapper(Question)
LINE: Final = RowMapper(QuestionLine)
_MOST_WAITS: Final = 200
_NEWEST_FIRST: Final = (questions.c.settled_at.desc().nulls_first(),)


class SqlQuestionRepository(Repository[UUID, Question]):
    """QuestionRepository in PostgreSQL."""

    key: ClassVar = QUESTIONS_KEY

    table = questions
    mapper = QUESTION

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._lines = TableStore(unit, question_lines, LINE)

    async def newest_of(self, customer_id: CustomerId, *, lock: bool = False) -> Question | None:
        """Implements `QuestionRepository.newest_of`."""
        newest = await self._rows.many(customer_id=customer_id, order=_NEWEST_FIRST, lock=lock)
        return newest[0] if newest else None

    async def move(self, old_id: CustomerId, new_id: CustomerId) -> None:
        """Implements `QuestionRepository.move`."""
        theirs, own = await self.newest_of(old_id, lock=True), await self.newest_of(new_id, lock=True)
        if theirs is not None and own is not None and theirs.open and own.open:
            asked_at = max(theirs.asked_at, own.asked_at)
            await self._lines.run(
                update(question_lines).where(question_lines.c.question_id == theirs.id).values(question_id=own.id)
            )
            await self._rows.run(delete(questions).where(questions.c.id == theirs.id))
            await self._rows.run(update(questions).where(questions.c.id == own.id).values(asked_at=asked_at))
        statement = update(questions).where(questions.c.customer_id == old_id)
        await self._rows.run(statement.values(customer_id=new_id))

    async def add_line(self, line: QuestionLine) -> bool:
        """Implements `QuestionRepository.add_line`."""
        return await self._lines.add_if_new(line)

    async def line(self, line_id: UUID) -> QuestionLine | None:
        return await self._lines.one(id=line_id)

    async def lines(self, question_id: UUID) -> Sequence[QuestionLine]:
        """Implements `QuestionRepository.lines`."""
        return await self._lines.many(question_id=question_id, order=(question_lines.c.at, question_lines.c.id))

    async def waits_since(self, since: datetime) -> Sequence[timedelta]:
        """Implements `QuestionRepository.waits_since`."""
        first_answer = func.min(question_lines.c.at)
        waits = (
            select(first_answer - questions.c.opened_at)
            .join(question_lines, question_lines.c.question_id == questions.c.id)
            .where(questions.c.opened_at >= since, question_lines.c.author.is_not(None))
            .group_by(questions.c.id)
            # A conversation that staff began has no wait.
            .having(first_answer > questions.c.opened_at)
            .order_by(questions.c.opened_at.desc())
            .limit(_MOST_WAITS)
        )
        return list(await self._unit.connection.scalars(waits))

    async def list_waiting(self, cutoff: datetime) -> Sequence[Question]:
        """Implements `QuestionRepository.list_waiting`."""
        is_unanswered = or_(questions.c.answered_at.is_(None), questions.c.answered_at < questions.c.asked_at)
        conditions = (questions.c.settled_at.is_(None), questions.c.asked_at < cutoff, is_unanswered)
        return await self._rows.many(*conditions, order=(questions.c.asked_at,), skips_unreadable=True)


REPOSITORIES: Final = (SqlQuestionRepository,)
"""Repository classes of the feature."""
