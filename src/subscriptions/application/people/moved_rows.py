"""Transfer of features' rows to another customer, when two accounts turn out to belong to one person."""

from collections.abc import Awaitable, Callable

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import named
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

MoveRows = Callable[[UnitOfWork, CustomerId, CustomerId], Awaitable[None]]
"""Function that moves a feature's rows from the first customer to the second.

A feature declares such functions as `MOVES` in its module `moves`. They are also called for a feature that is switched
off.
"""


async def move_rows(uow: UnitOfWork, old_id: CustomerId, new_id: CustomerId) -> None:
    """Move the rows of all features to the new customer. An error of one function is raised with the name of its
    feature, so that the transaction is rolled back.
    """
    for name, moves in declared_by("moves", "MOVES").items():
        for move in moves:
            with named(name, "moves"):
                await move(uow, old_id, new_id)
