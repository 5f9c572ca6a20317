"""Withdrawals from contracts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.withdrawal import Declaration, Withdrawal
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import declarations, withdrawals
from subscriptions.infrastructure.repositories.store import TableStore, Unit

WITHDRAWAL: Final = RowMapper(Withdrawal)
DECLARATION: Final = RowMapper(Declaration)
_NEWEST: Final = (withdrawals.c.declared_at.desc(), withdrawals.c.id)


class SqlWithdrawalRepository:
    """WithdrawalRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._withdrawals = TableStore(unit, withdrawals, WITHDRAWAL)
        self._declarations = TableStore(unit, declarations, DECLARATION)

    async def add_if_new(self, withdrawal: Withdrawal) -> bool:
        """False: this order was withdrawn from already."""
        return await self._withdrawals.add_if_new(withdrawal)

    async def add_declaration(self, declaration: Declaration) -> None:
        """See the port."""
        await self._declarations.add_if_new(declaration)

    async def declarations_of(self, order_id: OrderId) -> Sequence[Declaration]:
        """What was declared before paying an order, the first before."""
        order = (declarations.c.declared_at, declarations.c.id)
        return await self._declarations.many(order_id=order_id, order=order)

    async def get(self, withdrawal_id: UUID) -> Withdrawal | None:
        """By our id."""
        return await self._withdrawals.one(id=withdrawal_id)

    async def of_order(self, order_id: OrderId) -> Withdrawal | None:
        """The one there may be."""
        return await self._withdrawals.one(order_id=order_id)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Withdrawal]:
        """The newest first."""
        return await self._withdrawals.many(customer_id=customer_id, order=_NEWEST)
