"""Picks and where they were sent."""

from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.pick import Pick, PickDelivery
from subscriptions.domain.ids import DeliveryId, PickId


class PickRepository(Protocol):
    """Picks and where they were sent."""

    async def get(self, pick_id: PickId, *, lock: bool = False) -> Pick | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Pick | None: ...
    async def add_if_new(self, pick: Pick) -> bool:
        """False: a pick with this key exists."""
        ...

    async def save(self, pick: Pick) -> None: ...
    async def newest(self, limit: int) -> Sequence[Pick]:
        """So many at most, the newest first; withdrawn ones too."""
        ...

    async def add_delivery_if_new(self, delivery: PickDelivery) -> bool:
        """False: this pick has a delivery for that channel."""
        ...

    async def deliveries(self, pick_id: PickId) -> Sequence[PickDelivery]: ...
    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PickDelivery | None: ...
    async def save_delivery(self, delivery: PickDelivery) -> None: ...
