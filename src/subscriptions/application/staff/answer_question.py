"""A customer's question, answered by somebody of the operator's people, and settled."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.dto.typed_answers import required_words
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.question import Question, QuestionLine
from subscriptions.domain.events import QuestionAnswered
from subscriptions.domain.services.staff_policy import StaffAction

LONGEST: Final = 3000
"""It fits into one message with the line above it."""

ANSWER: Final[Input[str]] = Input(
    name="answer",
    kind=InputKind.PARAGRAPH,
    read=required_words(LONGEST, "answer_long", "answer_empty"),
    value=str,
    limits=(1, LONGEST),
)


@dataclass(frozen=True)
class AnswerQuestion(StaffCommand):
    """Answer a customer in their chat. The question stays open: what they write back belongs to it."""

    name = "answer_question"
    permission = StaffAction.ANSWER_QUESTIONS
    subject = SubjectKind.QUESTION
    inputs = (ANSWER,)
    outcomes = ("answered",)

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for one that was settled meanwhile."""
        question = await _open(act)
        question.answer(act.at)
        await act.uow.questions.save(question)
        line = QuestionLine(
            id=act.operation, question_id=question.id, at=act.at, author=act.actor.name, text=act[ANSWER]
        )
        await act.uow.questions.add_line(line)
        act.uow.record(QuestionAnswered(line_id=line.id, customer_id=question.customer_id))
        # What was said is kept with the question, and goes with it.
        return Outcome(name="answered", audit=[AuditEntry(about=question.customer_id, action="question.answered")])


@dataclass(frozen=True)
class SettleQuestion(StaffCommand):
    """Nothing more is to be said. Its customer is told nothing; what they write from now on is another question."""

    name = "settle_question"
    permission = StaffAction.ANSWER_QUESTIONS
    subject = SubjectKind.QUESTION
    outcomes = ("settled",)
    confirmed = False

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo for one that is settled already."""
        question = await _open(act)
        question.settle(act.actor.name, act.at)
        await act.uow.questions.save(question)
        return Outcome(name="settled", audit=[AuditEntry(about=question.customer_id, action="question.settled")])


async def _open(act: Act) -> Question:
    question = await act.uow.questions.get(act.subject_id, lock=True)
    if question is None or not question.open:
        raise NothingToDo("settled already")
    return question
