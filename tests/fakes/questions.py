"""Customers' questions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from subscriptions.domain.entities.question import Question, QuestionLine
from subscriptions.domain.ids import CustomerId
from tests.fakes.memory import Rows, Working

_NEVER = datetime.max.replace(tzinfo=UTC)


class MemoryQuestions:
    """QuestionRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Question] = Rows(
            working,
            "questions",
            lambda q: q.id,
            {"one_open_question_per_customer": lambda q: q.customer_id if q.open else None},
        )
        self._lines: Rows[QuestionLine] = Rows(working, "question_lines", lambda line: line.id)

    async def get(self, question_id: UUID, *, lock: bool = False) -> Question | None:
        return self._rows.one(lambda q: q.id == question_id, lock=lock)

    async def newest_of(self, customer_id: CustomerId, *, lock: bool = False) -> Question | None:
        theirs = self._rows.many(
            lambda q: q.customer_id == customer_id, order=lambda q: q.settled_at or _NEVER, lock=lock
        )
        return theirs[-1] if theirs else None

    async def add_if_new(self, question: Question) -> bool:
        return self._rows.add_if_new(question)

    async def save(self, question: Question) -> None:
        self._rows.save(question)

    async def add_line(self, line: QuestionLine) -> bool:
        return self._lines.add_if_new(line)

    async def line(self, line_id: UUID) -> QuestionLine | None:
        return self._lines.one(lambda line: line.id == line_id)

    async def lines(self, question_id: UUID) -> Sequence[QuestionLine]:
        return self._lines.many(lambda line: line.question_id == question_id, order=lambda line: (line.at, line.id))

    async def waiting(self, since: datetime) -> Sequence[Question]:
        return self._rows.many(lambda q: q.waits and q.asked_at < since, order=lambda q: q.asked_at)
