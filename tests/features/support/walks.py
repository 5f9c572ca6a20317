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
"""Names of the values that the texts of staff commands contain, keyed by the kind of subject."""
CONSOLE_SUBJECTS: Final[Mapping[str, None]] = {"question": None}
"""Names of the console pages that show one object other than a customer."""


async def _ask(staff: Staff, customer: Customer) -> str:
    question = Question(id=uuid4(), customer_id=customer.id, opened_at=NOON, asked_at=NOON)
    async with staff.desk.units() as uow:
        assert await uow.of(QUESTIONS_KEY).add_if_new(question)
        await uow.commit()
    return str(question.id)


SUBJECTS: Final[Mapping[str, Callable[[Staff, Customer], Awaitable[str]]]] = {QUESTION: _ask}
"""Functions that create an object on which staff commands act, and return its id, keyed by the kind of object."""


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
"""Functions that store rows for the test of every console page, and return the paths of the pages that show these rows.
"""
