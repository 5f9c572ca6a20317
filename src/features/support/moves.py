"""Hook that moves questions in an account transfer."""

from typing import Final

from features.support.ports import QUESTIONS_KEY
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def move_questions(uow: UnitOfWork, old_id: CustomerId, new_id: CustomerId) -> None:
    """Move the questions of one customer to another."""
    await uow.of(QUESTIONS_KEY).move(old_id, new_id)


MOVES: Final = (move_questions,)
