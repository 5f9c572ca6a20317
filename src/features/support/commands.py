"""Staff commands that answer a customer's question, close a question, and start a conversation with a customer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid5

from features.support.domain.question import Question, QuestionAnswered, QuestionLine
from features.support.domain.saved_replies import LONGEST, SETTING, read_replies
from features.support.jobs import SendFile
from features.support.permissions import ANSWER_QUESTIONS
from features.support.ports import QUESTIONS_KEY
from features.support.subjects import QUESTION
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, required_words
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.texts.text_rules import check_markup, has_markup
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWork

AFTERWARDS: Final = timedelta(milliseconds=1)
"""Difference between the timestamps of a message and of its file, which lists the file after the message."""
_words: Final = required_words(LONGEST, "answer_long", "answer_empty")


def _marked_words(answer: Answer, answers: Answers) -> str:
    """Return a text that may contain Telegram's formatting tags. Raises Wrong if the tags are invalid."""
    text = _words(answer, answers)
    if has_markup(text):
        check_markup(text)
    return text


ANSWER: Final[Input[str]] = Input(
    name="answer", kind=InputKind.PARAGRAPH, parse=_marked_words, value=str, limits=(1, LONGEST), is_marked=True
)
MESSAGE: Final[Input[str]] = Input(
    name="message", kind=InputKind.PARAGRAPH, parse=_marked_words, value=str, limits=(1, LONGEST), is_marked=True
)


class AnswerQuestion(StaffCommand):
    """Staff command that answers a customer in their chat, with a new text or with a saved reply named by its command.
    The question stays open, and the customer's reply is added to it.
    """

    settings: SettingCatalog

    name = "answer_question"
    permission = ANSWER_QUESTIONS
    subject = QUESTION
    takes_file = True
    inputs = (ANSWER,)
    outcomes = ("answered",)
    effects = ("reads",)

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the text of a saved reply, or None for an answer that is not the command of a saved reply."""
        text = self._replies().get(execution[ANSWER])
        return Effect(name="reads", facts={"text": text}) if text is not None else None

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the saved replies as choices."""
        return [Choice(word, word) for word in self._replies()]

    async def run(self, execution: Execution) -> Outcome:
        """Queue the answer. Raises NothingToDo if the question was closed in the meantime."""
        question = await _open(execution)
        question.answer(execution.at)
        await execution.uow.of(QUESTIONS_KEY).save(question)
        text = self._replies().get(execution[ANSWER], execution[ANSWER])
        line = QuestionLine(
            id=execution.operation, question_id=question.id, at=execution.at, author=execution.actor.name, text=text
        )
        await execution.uow.of(QUESTIONS_KEY).add_line(line)
        execution.uow.record(QuestionAnswered(line_id=line.id, customer_id=question.customer_id))
        await _send_file(execution, question)
        # The text is stored with the question only, and deleted with it.
        return Outcome(name="answered", audit=[AuditEntry(subject=question.customer_id, action="question.answered")])

    def _replies(self) -> Mapping[str, str]:
        return read_replies(self.settings.value_in_force(SETTING))


class ResolveQuestion(StaffCommand):
    """Staff command that closes a question. The customer is not notified; their next message opens another question."""

    name = "settle_question"
    permission = ANSWER_QUESTIONS
    subject = QUESTION
    outcomes = ("settled",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Close the question. Raises NothingToDo if the question is closed already."""
        question = await _open(execution)
        question.settle(execution.actor.name, execution.at)
        await execution.uow.of(QUESTIONS_KEY).save(question)
        return Outcome(name="settled", audit=[AuditEntry(subject=question.customer_id, action="question.settled")])


class WriteCustomer(StaffCommand):
    """Staff command that sends a customer a message in their chat with the bot. The message is added to the customer's
    open question; without an open question, a new conversation starts, to which the customer's reply is added.
    """

    name = "write"
    permission = ANSWER_QUESTIONS
    subject = SubjectKind.CUSTOMER
    takes_file = True
    inputs = (MESSAGE,)
    outcomes = ("written", "written_later")
    begins = True
    leads = True

    async def run(self, execution: Execution) -> Outcome:
        """Queue the message. Raises NothingToDo if the customer does not exist. A customer who blocked the bot receives
        the message once they unblock it.
        """
        customer = await execution.uow.customers.get(CustomerId(execution.subject_id))
        if customer is None:
            raise NothingToDo("no such customer")
        questions = execution.uow.of(QUESTIONS_KEY)
        question = await questions.newest_of(customer.id, lock=True)
        if question is None or not question.open:
            question = Question(
                id=execution.operation,
                customer_id=customer.id,
                opened_at=execution.at,
                asked_at=execution.at,
                answered_at=execution.at,
            )
            await questions.add_if_new(question)
        else:
            question.answer(execution.at)
            await questions.save(question)
        line = QuestionLine(
            id=execution.operation,
            question_id=question.id,
            at=execution.at,
            author=execution.actor.name,
            text=execution[MESSAGE],
        )
        await questions.add_line(line)
        execution.uow.record(QuestionAnswered(line_id=line.id, customer_id=customer.id))
        await _send_file(execution, question)
        # The text is stored with the conversation only, and deleted with it.
        entry = AuditEntry(subject=customer.id, action="question.opened")
        return Outcome(name="written" if customer.reachable else "written_later", audit=[entry])


async def _send_file(execution: Execution, question: Question) -> None:
    """Queue the file that staff attached to a message, if any, and list the file in the conversation. Raises Wrong if
    the customer has blocked the bot: a text waits until the customer unblocks the bot, but a file is stored for only
    one day.
    """
    file = await execution.uow.uploads.facts(execution.operation)
    if file is None:
        return
    customer = await execution.uow.customers.get(question.customer_id)
    if customer is not None and not customer.reachable:
        raise Wrong("file_blocked")
    line = QuestionLine(
        id=uuid5(execution.operation, "file"),
        question_id=question.id,
        at=execution.at + AFTERWARDS,
        author=execution.actor.name,
        text=f"📎 {file.name}",
    )
    await execution.uow.of(QUESTIONS_KEY).add_line(line)
    job = SendFile(upload_id=file.id, customer_id=question.customer_id)
    await execution.uow.enqueue(job.keyed_job(f"file:{file.id}"))


async def _open(execution: Execution) -> Question:
    question = await execution.uow.of(QUESTIONS_KEY).get(execution.subject_id, lock=True)
    if question is None or not question.open:
        raise NothingToDo("settled already")
    return question
