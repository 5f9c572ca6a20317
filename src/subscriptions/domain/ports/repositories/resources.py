"""What plans open, and where that is."""

from collections.abc import Collection, Sequence
from typing import Protocol

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.ids import CustomerId, PlanId, ResourceId


class ResourceRepository(Protocol):
    """What can be opened. A shared one has a place: one row of `telegram_channels`, for as long as it lives."""

    async def get(self, resource_id: ResourceId) -> Resource | None: ...
    async def by_soft_id(self, soft_id: str) -> Resource | None: ...
    async def all(self) -> Sequence[Resource]:
        """The oldest first, then by soft id."""
        ...

    async def named(self, soft_ids: Collection[str]) -> Sequence[Resource]:
        """Those of these soft ids, in the order of `all`."""
        ...

    async def add_if_new(self, resource: Resource) -> bool:
        """False: another one has its soft id, or the ritual."""
        ...

    async def save(self, resource: Resource) -> None: ...
    async def place(self, resource_id: ResourceId) -> Channel | None:
        """The chat that a shared one is; None while none is set up."""
        ...

    async def placed(self) -> Collection[ResourceId]:
        """Those that have a place; asked of the few columns that the web may read."""
        ...

    async def concerning(self, customer_id: CustomerId, soft_ids: Collection[str]) -> Sequence[Resource]:
        """Those of these soft ids, and the shared ones to whose place the customer has, or had, a right."""
        ...

    async def plans_opening(self, resource_id: ResourceId) -> Collection[PlanId]: ...
