"""Picks and where they were sent."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from subscriptions.domain.entities.pick import Pick, PickDelivery
from subscriptions.domain.ids import DeliveryId, PickId
from subscriptions.infrastructure.database.codecs import PICK_CONTENT
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import pick_deliveries, picks
from subscriptions.infrastructure.repositories.store import TableStore, Unit

PICK: Final = RowMapper(Pick, codecs={"content": PICK_CONTENT})
DELIVERY: Final = RowMapper(PickDelivery)


class SqlPickRepository:
    """PickRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._picks = TableStore(unit, picks, PICK)
        self._deliveries = TableStore(unit, pick_deliveries, DELIVERY)

    async def get(self, pick_id: PickId, *, lock: bool = False) -> Pick | None:
        """By our id."""
        return await self._picks.one(picks.c.id == pick_id, lock=lock)

    async def by_key(self, key: str, *, lock: bool = False) -> Pick | None:
        """By the caller's idempotency key."""
        return await self._picks.one(picks.c.key == key, lock=lock)

    async def add_if_new(self, pick: Pick) -> bool:
        """False: a pick with this key exists."""
        return await self._picks.add_if_new(pick)

    async def save(self, pick: Pick) -> None:
        """Write all of it."""
        await self._picks.save(pick)

    async def newest(self, limit: int) -> Sequence[Pick]:
        """So many at most, the newest first; withdrawn ones too."""
        columns = picks.c
        return await self._picks.all(select(picks).order_by(columns.created_at.desc(), columns.id.desc()).limit(limit))

    async def add_delivery_if_new(self, delivery: PickDelivery) -> bool:
        """False: this pick has a delivery for that channel."""
        return await self._deliveries.add_if_new(delivery)

    async def deliveries(self, pick_id: PickId) -> Sequence[PickDelivery]:
        """The oldest first."""
        columns = pick_deliveries.c
        return await self._deliveries.many(
            columns.pick_id == pick_id, order=(columns.created_at.asc(), columns.id.asc())
        )

    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PickDelivery | None:
        """By our id."""
        return await self._deliveries.one(pick_deliveries.c.id == delivery_id, lock=lock)

    async def save_delivery(self, delivery: PickDelivery) -> None:
        """Write all of it."""
        await self._deliveries.save(delivery)
