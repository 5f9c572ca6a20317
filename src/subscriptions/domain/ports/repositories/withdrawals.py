"""Repository of withdrawals from contracts, and of the declarations about the right of withdrawal that customers make
before paying.
"""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.withdrawal import Declaration, Withdrawal
from subscriptions.domain.ids import CustomerId, OrderId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class WithdrawalRepository(Protocol):
    """Append-only repository of withdrawals, at most one per order."""

    async def add_if_new(self, withdrawal: Withdrawal) -> bool:
        """Add a withdrawal. Return False if the order already has a withdrawal."""
        ...

    async def add_declaration(self, declaration: Declaration) -> None: ...
    async def declarations_of(self, order_id: OrderId) -> Sequence[Declaration]:
        """Return the customer's declarations of consent that precede the payment of an order, the oldest first."""
        ...

    async def get(self, withdrawal_id: UUID) -> Withdrawal | None: ...
    async def of_order(self, order_id: OrderId) -> Withdrawal | None: ...
    async def of_customer(self, customer_id: CustomerId) -> Sequence[Withdrawal]:
        """Return a customer's withdrawals, the newest first."""
        ...


WITHDRAWALS_KEY: Final = RepositoryKey["WithdrawalRepository"]("withdrawals")
