"""A customer's question, as whoever answers it sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.question import Question, QuestionLine
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.repositories.questions import QUESTIONS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True, kw_only=True)
class QuestionView:
    """lines: in order. names: of who answered and is known, by their name in the audit."""

    question: Question
    customer: Customer
    lines: Sequence[QuestionLine]
    names: Mapping[str, str]


@dataclass(frozen=True)
class SeeQuestion:
    """One conversation."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(StaffAction.ANSWER_QUESTIONS)
    async def __call__(self, uow: UnitOfWork, question_id: UUID) -> QuestionView | None:
        """None where there is none. Raises NotAllowed, RetryLater."""
        question = await uow.of(QUESTIONS_KEY).get(question_id)
        customer = await uow.customers.get(question.customer_id) if question is not None else None
        if question is None or customer is None:
            return None
        lines = await uow.of(QUESTIONS_KEY).lines(question_id)
        authors = {each for line in lines if (each := line.author) is not None and each.isdecimal()}
        people = [await uow.customers.by_telegram_id(TelegramId(int(each))) for each in sorted(authors)]
        names = {str(each.telegram_id): each.first_name for each in people if each is not None}
        return QuestionView(question=question, customer=customer, lines=lines, names=names)
