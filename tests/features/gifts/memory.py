"""In-memory repository of orders that are gifts."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.ids import CustomerId
from tests.fakes.memory import Rows, Working


class MemoryGifts:
    """In-memory GiftRepository."""

    def __init__(self, working: Working) -> None:
        self._orders: Rows[Order] = Rows(working, "orders", lambda o: o.id)

    async def paid_by(self, customer_id: CustomerId, limit: int, *, offset: int = 0) -> Sequence[Order]:
        return self._orders.many(
            lambda o: (o.customer_id, o.for_another, o.status) == (customer_id, True, OrderStatus.PAID),
            order=lambda o: (-(o.paid_at or o.created_at).timestamp(), o.id),
        )[offset : offset + limit]


REPOSITORIES = {"gifts": MemoryGifts}
