"""Data about questions used by the tests that check every page, command and text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import uuid4

from features.support.domain.question import Question, QuestionLine
from features.support.ports import QUESTIONS_KEY
from features.support.subjects import QUESTION
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.staff import Staff

LEAST_ROLES: Final[Mapping[str, StaffRole]] = dict.fromkeys(("q.answer", "q.settle", "c.write"), StaffRole.SUPPORT)
"""Minimum staff role for each page of the panel."""
SUBJECT_FACTS: Final[Mapping[str, set[str]]] = {QUESTION: {"name"}}
"""Names of the facts used in the texts of staff commands, keyed by the command's kind of subject."""
CONSOLE_SUBJECTS: Final[Mapping[str, None]] = {"question": None}
"""Console pages about one row that is not a customer."""


async def _ask(staff: Staff, customer: Customer) -> str:
    question = Question(id=uuid4(), customer_id=customer.id, opened_at=NOON, asked_at=NOON)
    async with staff.desk.units() as uow:
        assert await uow.of(QUESTIONS_KEY).add_if_new(question)
        await uow.commit()
    return str(question.id)


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {QUESTION: _ask}
"""Functions that create a subject of staff commands and return the subject's id, keyed by kind of subject."""


async def _see_question(uow: UnitOfWork) -> list[str]:
    asker = samples.customer()
    await uow.customers.save(asker)
    question = Question(id=uuid4(), customer_id=asker.id, opened_at=NOON, asked_at=NOON)
    assert await uow.of(QUESTIONS_KEY).add_if_new(question)
    text = f"No veo mi canal {'x' * 80} <b>&_*"
    line = QuestionLine(id=uuid4(), question_id=question.id, at=NOON, author=None, text=text)
    assert await uow.of(QUESTIONS_KEY).add_line(line)
    return [f"/questions/{question.id}", f"/do/answer_question/{question.id}"]


SEEN: Final[Mapping[str, Callable[[UnitOfWork], Awaitable[list[str]]]]] = {"support": _see_question}
"""Factories of rows for the tests of every console page. Each factory returns the paths that show the rows."""
