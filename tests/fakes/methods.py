"""In-memory repository of the operator's settings for payment methods."""

from __future__ import annotations

from collections.abc import Sequence

from subscriptions.domain.entities.payment_method import PaymentMethod
from tests.fakes.memory import Rows, Working


class MemoryPaymentMethods:
    """In-memory PaymentMethodRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[PaymentMethod] = Rows(working, "payment_methods", lambda m: m.provider)

    async def all(self, *, lock: bool = False) -> Sequence[PaymentMethod]:
        return self._rows.many(lambda m: True, order=lambda m: (m.position, m.provider), lock=lock)

    async def save(self, method: PaymentMethod) -> None:
        self._rows.save(method)
