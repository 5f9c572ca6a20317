"""Repository of the payment providers' credentials and settings that owners enter in the console."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from subscriptions.domain.entities.order import AttemptStatus
from subscriptions.domain.ports.repositories.payment_keys import PAYMENT_KEYS_KEY, PaymentKey, SealedKeys
from subscriptions.infrastructure.database.tables import checkout_attempts, payment_keys, subscriptions
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.store import Unit, verbatim

_LIVE = verbatim(f"subscriptions.{IS_LIVE}")


class SqlPaymentKeyRepository:
    """PaymentKeyRepository in PostgreSQL."""

    key: ClassVar = PAYMENT_KEYS_KEY

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def all(self) -> Sequence[PaymentKey]:
        """Implements `PaymentKeyRepository.all`."""
        rows = await self._unit.connection.execute(select(payment_keys).order_by(payment_keys.c.name))
        return [PaymentKey(name=row.name, sealed=row.sealed, changed_at=row.changed_at) for row in rows]

    async def newest(self) -> datetime | None:
        """Implements `PaymentKeyRepository.newest`."""
        found: datetime | None = await self._unit.connection.scalar(select(func.max(payment_keys.c.changed_at)))
        return found

    async def keep(self, values: SealedKeys) -> None:
        """Implements `PaymentKeyRepository.keep`."""
        for name in sorted(values):
            sealed, readers = values[name]
            row = insert(payment_keys).values(
                name=name, sealed=sealed, readers=" ".join(sorted(readers)), changed_at=func.now()
            )
            changes = {"sealed": row.excluded.sealed, "readers": row.excluded.readers}
            await self._unit.connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changes))

    async def obligations(self, provider: str, now: datetime) -> int:
        """Implements `PaymentKeyRepository.obligations`."""
        charged, attempts = subscriptions.c, checkout_attempts.c
        live = select(func.count()).where(_LIVE, charged.provider == provider, charged.provider_ref.is_not(None))
        payable = select(func.count()).where(
            attempts.provider == provider,
            attempts.status.in_([AttemptStatus.CREATING, AttemptStatus.OPEN]),
            attempts.expires_at > now,
            # The subscription that began there is counted instead.
            attempts.subscription_ref.is_(None),
        )
        counts = [await self._unit.connection.scalar(each) or 0 for each in (live, payable)]
        return sum(counts)
