"""Subscriptions of a customer that interfaces show."""

from collections.abc import Sequence

from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def shown_subscriptions(uow: UnitOfWork, customer_id: CustomerId) -> Sequence[Subscription]:
    """Return a customer's subscriptions, the newest first, without those that only hold a failed charge which another
    payment replaced.
    """
    return [each for each in await uow.subscriptions.of_customer(customer_id) if not each.is_replaced]
