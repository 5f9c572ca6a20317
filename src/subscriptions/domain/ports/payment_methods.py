"""Where the operator's wishes about the ways to pay are kept."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.payment_method import PaymentMethod


class PaymentMethodRepository(Protocol):
    """One row per provider that somebody ever wished something of."""

    async def all(self, *, lock: bool = False) -> Sequence[PaymentMethod]:
        """In their order. lock: nobody else arranges them until the unit of work ends."""
        ...

    async def save(self, method: PaymentMethod) -> None: ...
