"""In-memory repository of the resources that plans open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.access import Access, AccessStatus
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import (
    PERSONAL,
    PERSONAL_CHANNEL,
    SHARED_CHANNEL,
    VIP,
    EntryPolicy,
    GrandfatheredEntitlement,
    Holders,
    PlanTopic,
    Resource,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import ChannelId, ChatId, CustomerId, PlanId, ResourceId, SubscriptionId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes.memory import Rows, Working

_MIGRATED: Final = datetime(2026, 1, 1, tzinfo=UTC)


def own() -> Resource:
    """Return the resource for personal channels, as the migration creates it."""
    return Resource(
        id=ResourceId(UUID("00000000-0000-4000-8000-000000000001")),
        soft_id=PERSONAL,
        kind=PERSONAL_CHANNEL,
        title=PERSONAL,
        entry=EntryPolicy.DIRECT,
        created_at=_MIGRATED,
    )


def vip() -> Resource:
    """Return the resource for the VIP channel, as the migration creates it."""
    return Resource(
        id=ResourceId(UUID("00000000-0000-4000-8000-000000000002")),
        soft_id=VIP,
        kind=SHARED_CHANNEL,
        title="VIP",
        entry=EntryPolicy.RITUAL,
        created_at=_MIGRATED,
    )


class MemoryResources:
    """In-memory ResourceRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[Resource] = Rows(
            working,
            "resources",
            lambda r: r.id,
            {"one_resource_per_soft_id": lambda r: r.soft_id},
        )
        if not self._rows.all():
            for resource in (own(), vip()):
                self._rows.save(resource)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._looks: Rows[tuple[ChannelLook, datetime]] = Rows(working, "seen_chats", lambda s: s[0].chat)
        self._counts: Rows[tuple[ChatId, int, datetime]] = Rows(working, "chat_counts", lambda c: c[0])
        self._guests: Rows[tuple[ChannelId, TelegramId, datetime]] = Rows(working, "chat_guests", lambda g: g[:2])
        self._bans: Rows[tuple[ChannelId, TelegramId, datetime]] = Rows(working, "bans_to_lift", lambda b: b[:2])
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)
        self._contents: Rows[Content] = Rows(working, "resource_contents", lambda c: c.resource_id)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)
        self._subscriptions: Rows[Subscription] = Rows(working, "subscriptions", lambda s: s.id)
        self._topics: Rows[PlanTopic] = Rows(working, "plan_topics", lambda t: (t.channel_id, t.plan_id))
        self._kept: Rows[GrandfatheredEntitlement] = Rows(
            working, "kept_openings", lambda k: (k.subscription_id, k.resource_id)
        )

    async def get(self, resource_id: ResourceId) -> Resource | None:
        return self._rows.one(lambda r: r.id == resource_id)

    async def by_soft_id(self, soft_id: str) -> Resource | None:
        return self._rows.one(lambda r: r.soft_id == soft_id)

    async def all(self) -> Sequence[Resource]:
        return self._rows.many(lambda r: True, order=lambda r: (r.created_at, r.soft_id))

    async def by_soft_ids(self, soft_ids: Collection[str], *, skips_unreadable: bool = False) -> Sequence[Resource]:
        return [resource for resource in await self.all() if resource.soft_id in soft_ids]

    async def add_if_new(self, resource: Resource) -> bool:
        return self._rows.add_if_new(resource)

    async def save(self, resource: Resource) -> None:
        self._rows.save(resource)

    async def see_chat(self, look: ChannelLook, at: datetime) -> None:
        self._looks.save((look, at))

    async def seen_chat(self, chat: ChatId | str) -> ChannelLook | None:
        wanted = chat.removeprefix("@").lower() if isinstance(chat, str) else chat
        seen = self._looks.one(lambda s: wanted in {s[0].chat, (s[0].username or "").lower() or None})
        return seen[0] if seen is not None else None

    async def seen_chats(self, limit: int) -> Sequence[ChannelLook]:
        ours = {c.channel_id for c in self._channels.all()}
        free = self._looks.many(
            lambda s: s[0].is_admin and s[0].chat not in ours, order=lambda s: (-s[1].timestamp(), s[0].chat)
        )
        return [look for look, _ in free[:limit]]

    async def count_chat(self, chat: ChatId, unnamed_count: int, at: datetime) -> None:
        if self._looks.one(lambda s: s[0].chat == chat) is not None:
            self._counts.save((chat, unnamed_count, at))

    async def guests(self, channel_id: ChannelId, limit: int | None = None) -> Sequence[TelegramId]:
        guests = self._guests.many(lambda g: g[0] == channel_id, order=lambda g: (g[2], g[1]))
        return [person for _, person, _ in guests[:limit]]

    async def note_guest(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        self._guests.save((channel_id, person, at))

    async def drop_guest(self, channel_id: ChannelId, person: TelegramId) -> None:
        self._guests.remove(lambda g: g[:2] == (channel_id, person))

    async def note_ban(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        self._bans.save((channel_id, person, at))

    async def drop_ban(self, channel_id: ChannelId, person: TelegramId) -> None:
        self._bans.remove(lambda b: b[:2] == (channel_id, person))

    async def is_ban_ours(self, channel_id: ChannelId, person: TelegramId) -> bool:
        return self._bans.one(lambda b: b[:2] == (channel_id, person)) is not None

    async def named_inside(self, channel_id: ChannelId) -> frozenset[TelegramId]:
        inside = {
            each.customer_id
            for each in self._accesses.all()
            if each.channel_id == channel_id and each.status is AccessStatus.ACTIVE
        }
        customers = {each.telegram_id for each in self._customers.all() if each.id in inside}
        return frozenset({*customers, *await self.guests(channel_id)})

    async def channel(self, resource_id: ResourceId) -> Channel | None:
        return self._channels.one(lambda c: c.resource_id == resource_id and c.status is not ChannelStatus.DELETED)

    async def content(self, resource_id: ResourceId) -> Content | None:
        return self._contents.one(lambda c: c.resource_id == resource_id)

    async def save_content(self, content: Content) -> None:
        self._contents.save(content)

    async def list_placed(self) -> Collection[ResourceId]:
        channels = [c for c in self._channels.all() if c.status is not ChannelStatus.DELETED]
        return {c.resource_id for c in channels if c.resource_id is not None}

    async def list_admitting(self) -> Collection[ResourceId]:
        hindered = {look.chat for look, _ in self._looks.all() if not look.admits}
        channels = [c for c in self._channels.all() if c.status is not ChannelStatus.DELETED]
        return {c.resource_id for c in channels if c.resource_id is not None and c.channel_id not in hindered}

    async def list_unchecked(self, seen_before: datetime, closed_before: datetime) -> Sequence[ChannelId]:
        seen = {look.chat: (at, look.admits) for look, at in self._looks.all()}
        ready = [c for c in self._channels.all() if c.resource_id is not None and c.status is ChannelStatus.READY]
        is_new = {chat: at >= (seen_before if admits else closed_before) for chat, (at, admits) in seen.items()}
        return sorted(c.id for c in ready if not is_new.get(c.channel_id))

    async def list_concerning(
        self, customer_id: CustomerId, plan_id: PlanId, soft_ids: Collection[str]
    ) -> Sequence[Resource]:
        mine = {access.channel_id for access in self._accesses.all() if access.customer_id == customer_id}
        channels = [c for c in self._channels.all() if c.id in mine and c.status is not ChannelStatus.DELETED]
        ids = {channel.resource_id for channel in channels}
        own = [
            c
            for c in self._channels.all()
            if (c.kind, c.customer_id, c.plan_id) == (ChannelKind.PERSONAL, customer_id, plan_id)
            and c.status is not ChannelStatus.DELETED
        ]
        named = {*soft_ids, *([PERSONAL] if own else [])}
        return [resource for resource in await self.all() if resource.soft_id in named or resource.id in ids]

    async def topic(self, channel_id: ChannelId, plan_id: PlanId) -> PlanTopic | None:
        return self._topics.one(lambda t: (t.channel_id, t.plan_id) == (channel_id, plan_id))

    async def claim_topic(self, topic: PlanTopic, patience: timedelta) -> bool:
        known = await self.topic(topic.channel_id, topic.plan_id)
        if known is not None and (known.thread is not None or known.asked_at > topic.asked_at - patience):
            return False
        self._topics.save(topic)
        return True

    async def save_topic(self, topic: PlanTopic) -> None:
        self._topics.save(topic)

    async def drop_topic(self, topic: PlanTopic) -> None:
        self._topics.remove(
            lambda t: (t.channel_id, t.plan_id, t.thread) == (topic.channel_id, topic.plan_id, topic.thread)
        )

    async def plans_with(self, resource_id: ResourceId) -> Collection[PlanId]:
        resource = await self.get(resource_id)
        return {plan.id for plan in self._plans.all() if resource is not None and resource.soft_id in plan.opens}

    async def plans_keeping(self, resource_id: ResourceId) -> Collection[PlanId]:
        kept = {each.subscription_id for each in self._kept.all() if each.resource_id == resource_id}
        return {each.plan_id for each in self._subscriptions.all() if each.live and each.id in kept}

    async def holders(self, resource: Resource, plan_ids: Collection[PlanId]) -> Holders:
        live = [each for each in self._subscriptions.all() if each.live]
        these = {each.customer_id for each in live if each.plan_id in plan_ids}
        if resource.soft_id == PERSONAL:
            return Holders(len(these), len(these))
        others = set(await self.plans_with(resource.id)) - set(plan_ids)
        elsewhere = {each.customer_id for each in live if each.plan_id in others}
        return Holders(len(these), len(these - elsewhere))

    async def delete_if_unused(self, resource_id: ResourceId) -> bool:
        channels = self._channels.many(lambda c: c.resource_id == resource_id, order=lambda c: c.id, lock=True)
        rights = {access.channel_id for access in self._accesses.all()}
        kept = [each for each in self._kept.all() if each.resource_id == resource_id]
        if await self.plans_with(resource_id) or kept or any(channel.id in rights for channel in channels):
            return False
        for channel in channels:
            self._channels.save(replace(channel, resource_id=None, channel_id=None, status=ChannelStatus.DELETED))
        return self._rows.remove(lambda r: r.id == resource_id) > 0

    async def keep(self, resource_id: ResourceId, plan_id: PlanId) -> None:
        for each in self._subscriptions.all():
            if each.live and each.plan_id == plan_id and each.access_until is not None:
                kept = GrandfatheredEntitlement(
                    subscription_id=each.id, resource_id=resource_id, until=each.access_until
                )
                self._kept.save(kept)

    async def drop_kept(
        self, resource_id: ResourceId, *, plan_id: PlanId | None = None, subscription_id: SubscriptionId | None = None
    ) -> None:
        of_plan = {each.id for each in self._subscriptions.all() if each.plan_id == plan_id}
        whose = of_plan if plan_id is not None else {subscription_id}
        self._kept.remove(lambda k: k.resource_id == resource_id and k.subscription_id in whose)

    async def prolong_kept(self, subscription_id: SubscriptionId, length: timedelta) -> None:
        for each in self._kept.all():
            if each.subscription_id == subscription_id:
                self._kept.save(replace(each, until=each.until + length))

    async def kept_due(self, now: datetime, limit: int) -> Sequence[GrandfatheredEntitlement]:
        on_hold = {each.id for each in self._subscriptions.all() if each.live and each.withheld_since is not None}
        return self._kept.many(
            lambda k: k.until <= now and k.subscription_id not in on_hold, order=lambda k: (k.until, k.subscription_id)
        )[:limit]

    async def kept_by(self, subscription_id: SubscriptionId) -> Sequence[Resource]:
        ids = {each.resource_id for each in self._kept.all() if each.subscription_id == subscription_id}
        return [resource for resource in await self.all() if resource.id in ids]

    async def kept_of_plan(self, customer_id: CustomerId, plan_id: PlanId) -> Sequence[Resource]:
        live = [
            each
            for each in self._subscriptions.all()
            if each.live and (each.customer_id, each.plan_id) == (customer_id, plan_id)
        ]
        kept = [resource for each in live for resource in await self.kept_by(each.id)]
        return [resource for resource in await self.all() if resource.id in {each.id for each in kept}]
