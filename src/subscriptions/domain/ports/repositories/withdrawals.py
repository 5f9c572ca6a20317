"""Withdrawals from contracts."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.ids import CustomerId, OrderId


class WithdrawalRepository(Protocol):
    """Append-only; there is at most one of an order."""

    async def add_if_new(self, withdrawal: Withdrawal) -> bool:
        """False: this order was withdrawn from already."""
        ...

    async def get(self, withdrawal_id: UUID) -> Withdrawal | None: ...
    async def of_order(self, order_id: OrderId) -> Withdrawal | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Withdrawal]:
        """The newest first."""
        ...
