"""In-memory repository of customers' questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from features.support.domain.question import Question, QuestionLine
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.people import Record
from tests.fakes.memory import Rows, Working

_NEVER = datetime.max.replace(tzinfo=UTC)


class MemoryQuestions:
    """In-memory QuestionRepository."""

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

    async def move(self, before: CustomerId, after: CustomerId) -> None:
        theirs, own = await self.newest_of(before, lock=True), await self.newest_of(after, lock=True)
        if theirs is not None and own is not None and theirs.open and own.open:
            for line in await self.lines(theirs.id):
                self._lines.save(replace(line, question_id=own.id))
            own.ask(theirs.asked_at)
            self._rows.save(own)
            self._rows.remove(lambda q: q.id == theirs.id)
        for each in self._rows.many(lambda q: q.customer_id == before, order=lambda q: q.opened_at, lock=True):
            self._rows.save(replace(each, customer_id=after))

    async def add_line(self, line: QuestionLine) -> bool:
        return self._lines.add_if_new(line)

    async def line(self, line_id: UUID) -> QuestionLine | None:
        return self._lines.one(lambda line: line.id == line_id)

    async def lines(self, question_id: UUID) -> Sequence[QuestionLine]:
        return self._lines.many(lambda line: line.question_id == question_id, order=lambda line: (line.at, line.id))

    async def waits_since(self, since: datetime) -> Sequence[timedelta]:
        waits: list[timedelta] = []
        for question in self._rows.many(lambda q: q.opened_at >= since, order=lambda q: -q.opened_at.timestamp()):
            answers = [line.at for line in await self.lines(question.id) if line.author is not None]
            waits += [min(answers) - question.opened_at] if answers and min(answers) > question.opened_at else []
        return waits[:200]

    async def list_waiting(self, cutoff: datetime) -> Sequence[Question]:
        return self._rows.many(lambda q: q.waits and q.asked_at < cutoff, order=lambda q: q.asked_at)


def _rows(working: Working) -> Rows[Question]:
    return Rows(working, "questions", lambda q: q.id)


def _erase(working: Working, customer_id: CustomerId) -> int:
    return _rows(working).remove(lambda q: q.customer_id == customer_id)


def _prune(working: Working, before: datetime) -> int:
    return _rows(working).remove(lambda q: q.asked_at < before)


REPOSITORIES = {"questions": MemoryQuestions}
ERASE = {"questions": _erase}
"""Functions that remove a customer's rows, keyed by table."""
PRUNE = {"questions": (Record.QUESTIONS, _prune)}
"""Functions that remove old rows, each with the kind of record whose retention period applies, keyed by table."""
