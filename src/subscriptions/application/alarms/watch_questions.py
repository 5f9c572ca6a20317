"""Alarms about unanswered customer questions."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck, Way
from subscriptions.application.alarms.payment_causes import id_in
from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.questions import QUESTIONS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


async def _is_answered(uow: UnitOfWork, alarm: Alarm, _: datetime) -> bool:
    question_id = id_in(alarm.facts.get("question"))
    question = await uow.of(QUESTIONS_KEY).get(question_id) if question_id is not None else None
    return question_id is not None and (question is None or not question.waits)


class QuestionWaits(AlarmKind):
    """Alarm: a customer's question has waited too long for an answer."""

    name = "question_waits"
    closes = ByCheck(_is_answered)
    way = Way.QUESTION
    question: str
    customer: CustomerId
    since: datetime


@dataclass(frozen=True)
class WatchQuestions:
    """Use case that alerts the owners about customer questions that have waited longer than the policy allows."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self) -> None:
        """Raise one alarm per question, and another one each time the customer asks again."""
        async with self.units() as uow:
            for question in await uow.of(QUESTIONS_KEY).list_waiting(self.clock.now() - self.policy.support_patience):
                alarm = QuestionWaits(question=str(question.id), customer=question.customer_id, since=question.asked_at)
                uow.record(
                    alarm.raise_event(f"question_waits:{question.id}:{question.answered_at or question.opened_at}")
                )
            await uow.commit()
