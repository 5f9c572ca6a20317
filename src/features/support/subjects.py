"""Lookup of the customers' questions that staff commands act on."""

from dataclasses import dataclass
from typing import Final

from features.support.ports import QUESTIONS_KEY
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import UUID_SCHEMA, SubjectType, read_id
from subscriptions.application.views.staff_subjects import subject_of
from subscriptions.domain.ports.unit_of_work import UnitOfWork

QUESTION: Final = "question"


@dataclass(frozen=True)
class FindQuestion:
    """Lookup of a question by its id."""

    async def __call__(self, uow: UnitOfWork, text: str) -> Subject | None:
        """Return the question; None for an unknown id. Implements `SubjectFinder`."""
        key = read_id(text)
        question = await uow.of(QUESTIONS_KEY).get(key) if key is not None else None
        customer = await uow.customers.get(question.customer_id) if question is not None else None
        return subject_of(str(key), customer) if customer is not None else None


SUBJECTS: Final = (
    SubjectType(
        kind=QUESTION,
        argument="QUESTION",
        help="Its id, as the console shows it.",
        path="questions",
        parameter="question_id",
        schema=UUID_SCHEMA,
        page="/questions/{id}",
        button="q",
        find=FindQuestion,
    ),
)
