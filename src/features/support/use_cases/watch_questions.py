"""Alarms about unanswered customer questions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from features.support.alarms import QuestionWaits
from features.support.ports import QUESTIONS_KEY
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

Patience = Callable[[], timedelta]
"""Function that returns how long a question may wait before the owners are alerted."""


@dataclass(frozen=True)
class WatchQuestions:
    """Use case that alerts the owners about customer questions that have waited longer than the operator allows."""

    units: UnitOfWorkFactory
    clock: Clock
    patience: Patience

    async def __call__(self) -> None:
        """Raise an alarm about each waiting question, and a new alarm each time the customer writes again after an
        answer.
        """
        async with self.units() as uow:
            for question in await uow.of(QUESTIONS_KEY).list_waiting(self.clock.now() - self.patience()):
                alarm = QuestionWaits(question=str(question.id), customer=question.customer_id, since=question.asked_at)
                uow.record(
                    alarm.raise_event(f"question_waits:{question.id}:{question.answered_at or question.opened_at}")
                )
            await uow.commit()
