"""Repository of withdrawals from contracts."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

from subscriptions.domain.entities.withdrawal import Declaration, Withdrawal
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import declarations, withdrawals
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit

WITHDRAWAL: Final = RowMapper(Withdrawal)
DECLARATION: Final = RowMapper(Declaration)
_NEWEST: Final = (withdrawals.c.declared_at.desc(), withdrawals.c.id)


class SqlWithdrawalRepository(Repository[UUID, Withdrawal]):
    """WithdrawalRepository in PostgreSQL."""

    key: ClassVar = WITHDRAWALS_KEY

    table = withdrawals
    mapper = WITHDRAWAL

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._declarations = TableStore(unit, declarations, DECLARATION)

    async def add_declaration(self, declaration: Declaration) -> None:
        """Implements `WithdrawalRepository.add_declaration`."""
        await self._declarations.add_if_new(declaration)

    async def declarations_of(self, order_id: OrderId) -> Sequence[Declaration]:
        """Return the declarations made before an order was paid, the oldest first."""
        order = (declarations.c.declared_at, declarations.c.id)
        return await self._declarations.many(order_id=order_id, order=order)

    async def of_order(self, order_id: OrderId) -> Withdrawal | None:
        return await self._rows.one(order_id=order_id)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Withdrawal]:
        """Return a customer's withdrawals, the newest first."""
        return await self._rows.many(customer_id=customer_id, order=_NEWEST)
