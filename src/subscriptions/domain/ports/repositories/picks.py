"""Picks and where they were sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.entities.pick import Pick, PickDelivery, PickPicture
from subscriptions.domain.ids import ChannelId, DeliveryId, PickId, PlanId
from subscriptions.domain.ports.repositories.key import RepositoryKey


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

    async def picture(self, pick_id: PickId) -> PickPicture | None:
        """What the copies of its picture are made from, where they are marked and it is still kept."""
        ...

    async def add_picture_if_new(self, picture: PickPicture) -> bool:
        """False: this pick's copies are made from another one."""
        ...

    async def list_pictured(self, limit: int) -> Sequence[PickId]:
        """Picks whose picture is kept, the newest first."""
        ...

    async def add_delivery_if_new(self, delivery: PickDelivery) -> bool:
        """False: this pick has a delivery for that channel."""
        ...

    async def deliveries(self, pick_id: PickId) -> Sequence[PickDelivery]: ...
    async def counts(self, pick_id: PickId) -> Mapping[tuple[int, str | None], int]:
        """How many of its deliveries show a revision (0: none), by why they could not be brought further."""
        ...

    async def unshown(self, channel_id: ChannelId) -> Sequence[PickDelivery]:
        """Deliveries to a channel that were refused and do not show what their pick says now, the oldest first."""
        ...

    async def accepted_between(self, plan_id: PlanId, start: datetime, end: datetime) -> Sequence[Pick]:
        """Picks of a plan that came from `start` on and before `end`, and stand, the oldest first."""
        ...

    async def reminders(self, moment: datetime) -> Sequence[Pick]:
        """Reminders that stand, of tips whose start they say is after that moment, the first start first."""
        ...

    async def copy_in(self, pick_id: PickId, channel_id: ChannelId) -> PickDelivery | None:
        """Where a pick stands, or is to stand, in one channel."""
        ...

    async def unposted_tips(self, start: datetime, end: datetime) -> Sequence[Pick]:
        """Tips, also withdrawn ones, not their reminders, whose deadline is from `start` on and before `end`, with
        copies that are not posted, or without any; the first deadline first."""
        ...

    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PickDelivery | None: ...
    async def save_delivery(self, delivery: PickDelivery) -> None: ...


PICKS_KEY: Final = RepositoryKey["PickRepository"]("picks")
