"""Reader of orders for gifts from PostgreSQL."""

from collections.abc import Sequence
from typing import ClassVar, Final

from sqlalchemy import select

from features.gifts.ports import GIFTS_KEY
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.ids import CustomerId
from subscriptions.infrastructure.database.tables import orders
from subscriptions.infrastructure.repositories.checkout_repository import ORDER
from subscriptions.infrastructure.repositories.store import TableStore, Unit


class SqlGiftRepository:
    """GiftRepository in PostgreSQL."""

    key: ClassVar = GIFTS_KEY

    def __init__(self, unit: Unit) -> None:
        self._orders = TableStore(unit, orders, ORDER)

    async def paid_by(self, customer_id: CustomerId, limit: int, *, offset: int = 0) -> Sequence[Order]:
        """Implements `GiftRepository.paid_by`."""
        columns = orders.c
        conditions = (columns.customer_id == customer_id, columns.gift, columns.status == OrderStatus.PAID.value)
        newest = (columns.paid_at.desc(), columns.id)
        return await self._orders.all(select(orders).where(*conditions).order_by(*newest).limit(limit).offset(offset))


REPOSITORIES: Final = (SqlGiftRepository,)
