"""Storage of customers' questions and of staff's answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from features.support.domain.answer_times import HISTORY, usual_wait
from features.support.domain.question import Question, QuestionLine
from features.support.ports import QUESTIONS_KEY
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import CustomerId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

LONGEST: Final = 4096
"""Maximum length of a message, in characters; the same as Telegram's limit."""


@dataclass(frozen=True)
class KeepQuestions:
    """Store of questions. Each method is idempotent per message."""

    units: UnitOfWorkFactory
    clock: Clock

    async def ask(self, customer_id: CustomerId, text: str, chat: int, message_id: int) -> None:
        """Store a customer's message in their open question, or in a new one. Raises RetryLater."""
        now, line_id = self.clock.now(), _line_id(chat, message_id)
        async with self.units() as uow:
            if await uow.of(QUESTIONS_KEY).line(line_id) is not None:
                return
            question = await uow.of(QUESTIONS_KEY).newest_of(customer_id, lock=True)
            if question is None or not question.open:
                question = Question(id=new_uuid(), customer_id=customer_id, opened_at=now, asked_at=now)
                if not await uow.of(QUESTIONS_KEY).add_if_new(question):
                    raise RetryLater("another question of theirs was opened at the same moment")
            else:
                question.ask(now)
                await uow.of(QUESTIONS_KEY).save(question)
            await _add(uow, question, line_id, None, text, now)
            await uow.commit()

    async def answer(self, customer_id: CustomerId, author: str, text: str, chat: int, message_id: int) -> None:
        """Store a staff member's reply from the chat. Do nothing if the customer has no stored question or the reply is
        already stored.
        """
        now, line_id = self.clock.now(), _line_id(chat, message_id)
        async with self.units() as uow:
            question = await uow.of(QUESTIONS_KEY).newest_of(customer_id, lock=True)
            if question is None or await uow.of(QUESTIONS_KEY).line(line_id) is not None:
                return
            question.answer(now)
            await uow.of(QUESTIONS_KEY).save(question)
            await _add(uow, question, line_id, author, text, now)
            await uow.commit()

    async def has_open(self, customer_id: CustomerId) -> bool:
        """Return True if the customer has an open question."""
        async with self.units() as uow:
            question = await uow.of(QUESTIONS_KEY).newest_of(customer_id)
            return question is not None and question.open

    async def usual_wait(self) -> timedelta | None:
        """Return the usual time until staff answers a question; None if there are too few answers to calculate it."""
        async with self.units() as uow:
            return usual_wait(await uow.of(QUESTIONS_KEY).waits_since(self.clock.now() - HISTORY))


async def _add(uow: UnitOfWork, question: Question, line_id: UUID, author: str | None, text: str, at: datetime) -> None:
    line = QuestionLine(id=line_id, question_id=question.id, at=at, author=author, text=text[:LONGEST])
    if not await uow.of(QUESTIONS_KEY).add_line(line):
        raise RetryLater("the same message is worked on at this moment")


def _line_id(chat: int, message_id: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"umbral:question:{chat}:{message_id}")
