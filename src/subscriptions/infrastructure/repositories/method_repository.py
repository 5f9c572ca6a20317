"""The operator's wishes about the ways to pay."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import payment_methods
from subscriptions.infrastructure.repositories.store import TableStore, Unit

METHOD: Final = RowMapper(PaymentMethod)

ARRANGING: Final = 5_021_907
"""Key of the lock under which they are arranged: rows that are not there yet cannot be locked."""


class SqlPaymentMethodRepository:
    """PaymentMethodRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._methods = TableStore(unit, payment_methods, METHOD)

    async def all(self, *, lock: bool = False) -> Sequence[PaymentMethod]:
        """In their order."""
        if lock:
            await self._unit.connection.execute(select(func.pg_advisory_xact_lock(ARRANGING)))
        return await self._methods.many(order=(payment_methods.c.position, payment_methods.c.provider))

    async def save(self, method: PaymentMethod) -> None:
        """Write all of it."""
        await self._methods.save(method)
