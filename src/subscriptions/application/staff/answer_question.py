"""Staff commands that answer a customer's question, and close it."""

from collections.abc import Sequence
from typing import Any, Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import required_words
from subscriptions.application.staff.command import (
    Act,
    AuditEntry,
    Effect,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.question import Question, QuestionLine
from subscriptions.domain.events import QuestionAnswered
from subscriptions.domain.ports.repositories.questions import QUESTIONS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.saved_replies import LONGEST
from subscriptions.domain.services.staff_policy import StaffAction

ANSWER: Final[Input[str]] = Input(
    name="answer",
    kind=InputKind.PARAGRAPH,
    parse=required_words(LONGEST, "answer_long", "answer_empty"),
    value=str,
    limits=(1, LONGEST),
)


class AnswerQuestion(StaffCommand):
    """Staff command that answers a customer in their chat, with a new text or with a saved reply, given by its command.
    The question stays open, and the customer's reply is added to it.
    """

    policy: Policy

    name = "answer_question"
    permission = StaffAction.ANSWER_QUESTIONS
    subject = SubjectKind.QUESTION
    inputs = (ANSWER,)
    outcomes = ("answered",)
    effects = ("reads",)

    async def preview(self, act: Act) -> Effect | None:
        """Return the text of a saved reply."""
        text = self.policy.saved_replies.get(act[ANSWER])
        return Effect(name="reads", facts={"text": text}) if text is not None else None

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the saved replies."""
        return [Choice(word, word) for word in self.policy.saved_replies]

    async def run(self, act: Act) -> Outcome:
        """Queue the answer. Raises NothingToDo if the question was closed in the meantime."""
        question = await _open(act)
        question.answer(act.at)
        await act.uow.of(QUESTIONS_KEY).save(question)
        text = self.policy.saved_replies.get(act[ANSWER], act[ANSWER])
        line = QuestionLine(id=act.operation, question_id=question.id, at=act.at, author=act.actor.name, text=text)
        await act.uow.of(QUESTIONS_KEY).add_line(line)
        act.uow.record(QuestionAnswered(line_id=line.id, customer_id=question.customer_id))
        # The text is stored with the question only, and deleted with it.
        return Outcome(name="answered", audit=[AuditEntry(subject=question.customer_id, action="question.answered")])


class SettleQuestion(StaffCommand):
    """Staff command that closes a question. The customer is not notified; their next message opens another question."""

    name = "settle_question"
    permission = StaffAction.ANSWER_QUESTIONS
    subject = SubjectKind.QUESTION
    outcomes = ("settled",)
    needs_confirmation = False

    async def run(self, act: Act) -> Outcome:
        """Close the question. Raises NothingToDo if the question is closed already."""
        question = await _open(act)
        question.settle(act.actor.name, act.at)
        await act.uow.of(QUESTIONS_KEY).save(question)
        return Outcome(name="settled", audit=[AuditEntry(subject=question.customer_id, action="question.settled")])


async def _open(act: Act) -> Question:
    question = await act.uow.of(QUESTIONS_KEY).get(act.subject_id, lock=True)
    if question is None or not question.open:
        raise NothingToDo("settled already")
    return question
