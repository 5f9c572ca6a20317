"""Withdrawals from contracts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import withdrawals
from subscriptions.infrastructure.repositories.store import TableStore, Unit

WITHDRAWAL: Final = RowMapper(Withdrawal)


class SqlWithdrawalRepository:
    """WithdrawalRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._withdrawals = TableStore(unit, withdrawals, WITHDRAWAL)

    async def add_if_new(self, withdrawal: Withdrawal) -> bool:
        """False: this order was withdrawn from already."""
        return await self._withdrawals.add_if_new(withdrawal)

    async def get(self, withdrawal_id: UUID) -> Withdrawal | None:
        """By our id."""
        return await self._withdrawals.one(id=withdrawal_id)

    async def of_order(self, order_id: OrderId) -> Withdrawal | None:
        """The one there may be."""
        return await self._withdrawals.one(order_id=order_id)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Withdrawal]:
        """The newest first."""
        order = (withdrawals.c.declared_at.desc(), withdrawals.c.id)
        return await self._withdrawals.many(customer_id=customer_id, order=order)
