"""In-memory repository of withdrawals from contracts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from subscriptions.domain.entities.withdrawal import Declaration, Withdrawal
from subscriptions.domain.ids import CustomerId, OrderId
from tests.fakes.memory import Rows, Working


class MemoryWithdrawals:
    """In-memory WithdrawalRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Withdrawal] = Rows(
            working, "withdrawals", lambda w: w.id, {"one_withdrawal_per_order": lambda w: w.order_id}
        )
        self._declarations: Rows[Declaration] = Rows(working, "declarations", lambda d: d.id)

    async def add_if_new(self, withdrawal: Withdrawal) -> bool:
        return self._rows.add_if_new(withdrawal)

    async def add_declaration(self, declaration: Declaration) -> None:
        self._declarations.add_if_new(declaration)

    async def declarations_of(self, order_id: OrderId) -> Sequence[Declaration]:
        return self._declarations.many(lambda d: d.order_id == order_id, order=lambda d: (d.declared_at, d.id))

    async def get(self, withdrawal_id: UUID) -> Withdrawal | None:
        return self._rows.one(lambda w: w.id == withdrawal_id)

    async def of_order(self, order_id: OrderId) -> Withdrawal | None:
        return self._rows.one(lambda w: w.order_id == order_id)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Withdrawal]:
        return self._rows.many(
            lambda w: w.customer_id == customer_id, order=lambda w: (-w.declared_at.timestamp(), w.id)
        )
