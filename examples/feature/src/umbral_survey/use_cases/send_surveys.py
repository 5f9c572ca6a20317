"""Use case that sends the question of the survey some days after a cancellation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.application.dto.jobs import Announce
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from umbral_survey.domain import SURVEY, SurveyRequest
from umbral_survey.ports import SURVEY_KEY
from umbral_survey.use_cases.answer_survey import is_asked


@dataclass(frozen=True)
class SendSurveys:
    """Use case that records cancellations and asks each customer once. `days`: function that returns the number of days
    to wait.
    """

    units: UnitOfWorkFactory
    clock: Clock
    days: Callable[[], int]

    async def note(self, customer_id: CustomerId, at: datetime) -> None:
        """Record a cancellation. Idempotent. A customer who was asked before is not asked again."""
        async with self.units() as uow:
            await uow.of(SURVEY_KEY).add_request(SurveyRequest(customer_id, at))
            await uow.commit()

    async def __call__(self) -> bool:
        """Queue the question for customers whose waiting time is over. Return True if there were any."""
        async with self.units() as uow:
            due = await uow.of(SURVEY_KEY).due(self.clock.now() - timedelta(days=self.days()))
            for request in due:
                who = request.customer_id
                if not await is_asked(uow, who):
                    # The cancellation was undone, or the customer has answered. A later cancellation counts again.
                    await uow.of(SURVEY_KEY).remove_request(request)
                    continue
                await uow.enqueue(Announce(kind=SURVEY, customer_id=who, subject=who, key=str(who)).job())
                request.sent_at = self.clock.now()
                await uow.of(SURVEY_KEY).save_request(request)
            await uow.commit()
        return bool(due)
