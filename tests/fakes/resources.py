"""What plans open, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, ChannelStatus
from subscriptions.domain.entities.resource import (
    PERSONAL,
    PERSONAL_CHANNEL,
    SHARED_CHANNEL,
    VIP,
    EntryPolicy,
    Resource,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import CustomerId, PlanId, ResourceId
from tests.fakes.memory import Rows, Working

_MIGRATED: Final = datetime(2026, 1, 1, tzinfo=UTC)


def own() -> Resource:
    """As the migration makes it."""
    return Resource(
        id=ResourceId(UUID("00000000-0000-4000-8000-000000000001")),
        soft_id=PERSONAL,
        kind=PERSONAL_CHANNEL,
        title=PERSONAL,
        entry=EntryPolicy.DIRECT,
        created_at=_MIGRATED,
    )


def vip() -> Resource:
    """As the migration makes it."""
    return Resource(
        id=ResourceId(UUID("00000000-0000-4000-8000-000000000002")),
        soft_id=VIP,
        kind=SHARED_CHANNEL,
        title="VIP",
        entry=EntryPolicy.RITUAL,
        created_at=_MIGRATED,
    )


class MemoryResources:
    """ResourceRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Resource] = Rows(
            working,
            "resources",
            lambda r: r.id,
            {
                "one_resource_per_soft_id": lambda r: r.soft_id,
                "one_resource_with_the_ritual": lambda r: r.entry if r.has_ritual else None,
            },
        )
        if not self._rows.all():
            for resource in (own(), vip()):
                self._rows.save(resource)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)

    async def get(self, resource_id: ResourceId) -> Resource | None:
        return self._rows.one(lambda r: r.id == resource_id)

    async def by_soft_id(self, soft_id: str) -> Resource | None:
        return self._rows.one(lambda r: r.soft_id == soft_id)

    async def all(self) -> Sequence[Resource]:
        return self._rows.many(lambda r: True, order=lambda r: (r.created_at, r.soft_id))

    async def named(self, soft_ids: Collection[str]) -> Sequence[Resource]:
        return [resource for resource in await self.all() if resource.soft_id in soft_ids]

    async def add_if_new(self, resource: Resource) -> bool:
        return self._rows.add_if_new(resource)

    async def save(self, resource: Resource) -> None:
        self._rows.save(resource)

    async def place(self, resource_id: ResourceId) -> Channel | None:
        return self._channels.one(lambda c: c.resource_id == resource_id and c.status is not ChannelStatus.DELETED)

    async def placed(self) -> Collection[ResourceId]:
        places = [c for c in self._channels.all() if c.status is not ChannelStatus.DELETED]
        return {c.resource_id for c in places if c.resource_id is not None}

    async def concerning(self, customer_id: CustomerId, soft_ids: Collection[str]) -> Sequence[Resource]:
        mine = {access.channel_id for access in self._accesses.all() if access.customer_id == customer_id}
        places = [c for c in self._channels.all() if c.id in mine and c.status is not ChannelStatus.DELETED]
        ids = {place.resource_id for place in places}
        return [resource for resource in await self.all() if resource.soft_id in soft_ids or resource.id in ids]

    async def plans_opening(self, resource_id: ResourceId) -> Collection[PlanId]:
        resource = await self.get(resource_id)
        return {plan.id for plan in self._plans.all() if resource is not None and resource.soft_id in plan.opens}
