"""Notice about a customer's open question, and staff commands for it, on the customer's card."""

from typing import ClassVar, Final
from uuid import UUID

from features.support.commands import AnswerQuestion, ResolveQuestion
from features.support.domain.question import Question
from features.support.permissions import ANSWER_QUESTIONS
from features.support.ports import QUESTIONS_KEY
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.views.card_part import CardCommand, CardFacts, CardNotice
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class QuestionCard:
    """Part of a customer's card with the staff commands for the customer's open question."""

    kind: ClassVar[str] = SubjectKind.CUSTOMER

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """Implements `CardPart.read`."""
        return facts_of(await uow.of(QUESTIONS_KEY).newest_of(CustomerId(subject_id)))


def facts_of(question: Question | None) -> CardFacts:
    """Return the card's notice and commands for an open question; empty if there is no open question."""
    if question is None or not question.open:
        return CardFacts()
    notice = CardNotice(
        text="story.asks" if question.waits else "story.talks",
        permission=ANSWER_QUESTIONS,
        path=f"/questions/{question.id}",
    )
    return CardFacts(
        notices=[notice],
        commands=[
            CardCommand(command=AnswerQuestion, subject=question.id, leads=True),
            CardCommand(command=ResolveQuestion, subject=question.id),
        ],
    )


CARDS: Final = (QuestionCard(),)
