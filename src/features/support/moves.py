"""Hook that assigns a customer's questions to the customer's new account after an account transfer."""

from typing import Final

from features.support.ports import QUESTIONS_KEY
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def move_questions(uow: UnitOfWork, old_id: CustomerId, new_id: CustomerId) -> None:
    """Assign the questions of the customer `old_id` to the customer `new_id`."""
    await uow.of(QUESTIONS_KEY).move(old_id, new_id)


MOVES: Final = (move_questions,)
