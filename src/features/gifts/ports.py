"""Port for reading orders for gifts."""

from collections.abc import Sequence
from typing import Final, Protocol

from subscriptions.domain.entities.order import Order
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class GiftRepository(Protocol):
    """Reader of orders for gifts."""

    async def paid_by(self, customer_id: CustomerId, limit: int, *, offset: int = 0) -> Sequence[Order]:
        """Return the gifts that a customer paid for, the newest first. `offset`: number of gifts to skip."""
        ...


GIFTS_KEY: Final = RepositoryKey["GiftRepository"]("gifts")
