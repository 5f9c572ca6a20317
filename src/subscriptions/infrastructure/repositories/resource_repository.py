"""What plans open, and where that is."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select

from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.ids import CustomerId, PlanId, ResourceId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import accesses, plan_resources, resources, telegram_channels
from subscriptions.infrastructure.repositories.channel_repository import CHANNEL
from subscriptions.infrastructure.repositories.store import TableStore, Unit

RESOURCE: Final = RowMapper(Resource)

_R, _C = resources.c, telegram_channels.c
_THERE = _C.status != ChannelStatus.DELETED.value
_ORDER = (_R.created_at.asc(), _R.soft_id.asc())


class SqlResourceRepository:
    """ResourceRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._resources = TableStore(unit, resources, RESOURCE)
        self._channels = TableStore(unit, telegram_channels, CHANNEL)

    async def get(self, resource_id: ResourceId) -> Resource | None:
        """By our id."""
        return await self._resources.one(id=resource_id)

    async def by_soft_id(self, soft_id: str) -> Resource | None:
        """By the public name."""
        return await self._resources.one(soft_id=soft_id)

    async def all(self) -> Sequence[Resource]:
        """The oldest first, then by soft id."""
        return await self._resources.many(order=_ORDER)

    async def named(self, soft_ids: Collection[str]) -> Sequence[Resource]:
        """In the order of `all`."""
        return await self._resources.many(_R.soft_id.in_(list(soft_ids)), order=_ORDER)

    async def add_if_new(self, resource: Resource) -> bool:
        """False: another one has its soft id, or the ritual."""
        return await self._resources.add_if_new(resource)

    async def save(self, resource: Resource) -> None:
        """Write all of it."""
        await self._resources.save(resource)

    async def place(self, resource_id: ResourceId) -> Channel | None:
        """Unless it was given up."""
        return await self._channels.one(_THERE, resource_id=resource_id)

    async def placed(self) -> Collection[ResourceId]:
        """Asked of the few columns that the web may read."""
        statement = select(_C.resource_id).where(_C.resource_id.is_not(None), _THERE)
        return {ResourceId(row.resource_id) for row in await self._unit.connection.execute(statement)}

    async def concerning(self, customer_id: CustomerId, soft_ids: Collection[str]) -> Sequence[Resource]:
        """In the order of `all`."""
        places = select(_C.resource_id).join(accesses, accesses.c.channel_id == _C.id)
        mine = places.where(accesses.c.customer_id == customer_id, _C.resource_id.is_not(None), _THERE)
        named = _R.soft_id.in_(list(soft_ids))
        return await self._resources.all(select(resources).where(named | _R.id.in_(mine)).order_by(*_ORDER))

    async def plans_opening(self, resource_id: ResourceId) -> Collection[PlanId]:
        """Whether they are on offer or not."""
        statement = select(plan_resources.c.plan_id).where(plan_resources.c.resource_id == resource_id)
        return {PlanId(row.plan_id) for row in await self._unit.connection.execute(statement)}
