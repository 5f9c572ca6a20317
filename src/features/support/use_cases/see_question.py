"""View of a customer's question for staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from features.support.domain.question import Question, QuestionLine
from features.support.permissions import ANSWER_QUESTIONS
from features.support.ports import QUESTIONS_KEY
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True, kw_only=True)
class QuestionView:
    """Question with its messages, as shown to staff.

    lines: messages in chronological order
    names: first names of known authors, keyed by the author's name in the audit log
    """

    question: Question
    customer: Customer
    lines: Sequence[QuestionLine]
    names: Mapping[str, str]


@dataclass(frozen=True)
class SeeQuestion:
    """Use case that returns one support conversation to staff."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(ANSWER_QUESTIONS)
    async def __call__(self, uow: UnitOfWork, question_id: UUID) -> QuestionView | None:
        """Return the question; None if it does not exist. Raises NotAllowed, RetryLater."""
        question = await uow.of(QUESTIONS_KEY).get(question_id)
        customer = await uow.customers.get(question.customer_id) if question is not None else None
        if question is None or customer is None:
            return None
        lines = await uow.of(QUESTIONS_KEY).lines(question_id)
        authors = {each for line in lines if (each := line.author) is not None and each.isdecimal()}
        people = [await uow.customers.by_telegram_id(TelegramId(int(each))) for each in sorted(authors)]
        names = {str(each.telegram_id): each.first_name for each in people if each is not None}
        return QuestionView(question=question, customer=customer, lines=lines, names=names)
