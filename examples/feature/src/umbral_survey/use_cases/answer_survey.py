"""Use case that determines whether a customer is to be asked, and stores the answer."""

from dataclasses import dataclass

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from umbral_survey.domain import Reason, SurveyAnswer
from umbral_survey.ports import SURVEY_KEY


@dataclass(frozen=True)
class AnswerSurvey:
    """Use case that determines whether a customer is to be asked, and stores the answer."""

    units: UnitOfWorkFactory
    clock: Clock

    async def is_asked(self, customer_id: CustomerId) -> bool:
        """Return True if the customer has a canceled subscription and has not answered."""
        async with self.units() as uow:
            return await is_asked(uow, customer_id)

    async def __call__(self, customer_id: CustomerId, reason: Reason) -> None:
        """Store an answer. Idempotent."""
        async with self.units() as uow:
            await uow.of(SURVEY_KEY).save(SurveyAnswer(customer_id, reason, self.clock.now()))
            await uow.commit()


async def is_asked(uow: UnitOfWork, customer_id: CustomerId) -> bool:
    """Return True if the customer has a canceled subscription and has not answered."""
    if await uow.of(SURVEY_KEY).of_customer(customer_id) is not None:
        return False
    subscriptions = await uow.subscriptions.of_customer(customer_id)
    return any(each.status is SubscriptionStatus.CANCELED for each in subscriptions)
