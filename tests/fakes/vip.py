"""In-memory repositories of activation codes, entry steps and the VIP channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel, ChannelKind, ChannelStatus, Invite, InviteStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import PERSONAL, VIP, GrandfatheredEntitlement, Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.vip_entry import VipEntry
from subscriptions.domain.ids import (
    ChannelId,
    CustomerId,
    OrderId,
    PlanId,
    ResourceId,
    SubscriptionId,
    TelegramId,
    TokenId,
)
from subscriptions.domain.ports.repositories.vip import TokenCounts
from tests.fakes.memory import Rows, Working
from tests.fakes.resources import MemoryResources
from tests.fakes.sales import MemorySubscriptions


class MemoryTokens:
    """In-memory TokenRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[ActivationToken] = Rows(
            working,
            "activation_tokens",
            lambda t: t.id,
            {"one_row_per_activation_token": lambda t: t.token, "one_activation_token_per_gift": lambda t: t.order_id},
        )
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._resources = MemoryResources(working)

    async def get(self, token_id: TokenId) -> ActivationToken | None:
        return self._rows.one(lambda t: t.id == token_id)

    async def by_token(self, token: str, *, lock: bool = False) -> ActivationToken | None:
        return self._rows.one(lambda t: t.token == token, lock=lock)

    async def of_order(self, order_id: OrderId, *, lock: bool = False) -> ActivationToken | None:
        return self._rows.one(lambda t: t.order_id == order_id, lock=lock)

    async def add_if_new(self, token: ActivationToken) -> bool:
        return self._rows.add_if_new(token)

    async def made_together(self, batch: UUID) -> Mapping[TokenId, datetime]:
        return {token.id: token.expires_at for token in self._rows.all() if token.batch == batch}

    async def list_unsealed(self, limit: int) -> Sequence[ActivationToken]:
        return [token for token in self._rows.all() if not token.sealed][:limit]

    async def sealed_before(self, moment: datetime, now: datetime) -> int:
        unused = [each for each in self._rows.all() if each.used_at is None and each.revoked_at is None]
        return sum(
            each.sealed and not each.keyless and each.created_at < moment and each.expires_at > now for each in unused
        )

    async def seal(self, token_id: TokenId, sealed: str) -> None:
        token = await self.get(token_id)
        if token is not None and not token.sealed:
            self._rows.save(replace(token, token=sealed, sealed=True))

    async def save(self, token: ActivationToken) -> None:
        self._rows.save(token)

    async def note_revoked(self, token_id: TokenId, person: TelegramId | None, now: datetime) -> None:
        token = await self.get(token_id)
        if token is not None:
            self._rows.save(replace(token, revoked_at=now, revoked_by=person))

    async def extend(self, token_id: TokenId, days: int, expires_at: datetime) -> bool:
        token = await self.get(token_id)
        if token is None or token.used_at is not None or token.revoked_at is not None:
            return False
        self._rows.save(replace(token, duration_days=days, expires_at=expires_at))
        return True

    async def note_opened(self, token_id: TokenId, now: datetime) -> None:
        token = await self.get(token_id)
        if token is not None:
            self._rows.save(replace(token, opened=token.opened + 1, opened_at=token.opened_at or now))

    async def claim(
        self, token_id: TokenId, customer_id: CustomerId, subscription_id: SubscriptionId, now: datetime
    ) -> bool:
        token = await self.get(token_id)
        if token is None or not token.usable(now):
            return False
        self._rows.save(replace(token, used_at=now, used_by=customer_id, subscription_id=subscription_id))
        return True

    async def note_joined(self, customer_id: CustomerId, channel_id: ChannelId, now: datetime) -> None:
        channel = self._channels.one(lambda c: c.id == channel_id)
        for token in self._rows.many(
            lambda t: t.used_by == customer_id and t.joined_at is None, order=lambda t: t.created_at
        ):
            if channel is not None and (channel.plan_id == token.plan_id or await self._opens(token, channel)):
                self._rows.save(replace(token, joined_at=now))

    async def _opens(self, token: ActivationToken, channel: Channel) -> bool:
        if channel.resource_id is None:
            return False
        return token.plan_id in await self._resources.plans_with(channel.resource_id)

    async def counts(self) -> Sequence[TokenCounts]:
        groups: dict[tuple[PlanId, str], list[ActivationToken]] = {}
        for token in self._rows.all():
            groups.setdefault((token.plan_id, token.campaign), []).append(token)
        counted = [
            TokenCounts(
                plan_id=plan_id,
                campaign=campaign,
                codes=len(tokens),
                openings=sum(token.opened_at is not None for token in tokens),
                activations=sum(token.used_at is not None for token in tokens),
                joins=sum(token.joined_at is not None for token in tokens),
            )
            for (plan_id, campaign), tokens in groups.items()
        ]
        return sorted(counted, key=lambda count: (-count.codes, count.campaign, count.plan_id))


class MemoryVipEntries:
    """In-memory VipEntryRepository."""

    def __init__(self, working: Working) -> None:
        self._rows: Rows[VipEntry] = Rows(
            working,
            "vip_entries",
            lambda e: (e.customer_id, e.resource_id),
            {"one_entry_per_vip_entry_token": lambda e: e.vip_entry_token},
        )
        self._customers: Rows[Customer] = Rows(working, "customers", lambda c: c.id)

    async def find(
        self, customer_id: CustomerId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None:
        return self._rows.one(lambda e: (e.customer_id, e.resource_id) == (customer_id, resource_id), lock=lock)

    async def by_telegram_id(
        self, telegram_id: TelegramId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None:
        customer = self._customers.one(lambda c: c.telegram_id == telegram_id)
        return await self.find(customer.id, resource_id, lock=lock) if customer is not None else None

    async def of_all(
        self, customer_ids: Sequence[CustomerId], resource_id: ResourceId | None = None
    ) -> Sequence[VipEntry]:
        return self._rows.many(
            lambda e: e.resource_id == resource_id and e.customer_id in customer_ids,
            order=lambda e: e.customer_id,
            lock=True,
        )

    async def under_way(self, resource_id: ResourceId) -> Sequence[VipEntry]:
        return self._rows.many(lambda e: e.resource_id == resource_id and e.under_way, order=lambda e: e.customer_id)

    async def by_token(self, token: str) -> VipEntry | None:
        return self._rows.one(lambda e: e.vip_entry_token == token)

    async def save(self, entry: VipEntry) -> None:
        self._rows.save(entry)

    async def save_all(self, entries: Sequence[VipEntry]) -> None:
        for entry in entries:
            self._rows.save(entry)


class MemoryVip:
    """In-memory VipRepository."""

    def __init__(self, working: Working) -> None:
        self._all_subscriptions = MemorySubscriptions(working)
        self._accesses: Rows[Access] = Rows(working, "accesses", lambda a: a.id)
        self._channels: Rows[Channel] = Rows(working, "telegram_channels", lambda c: c.id)
        self._invites: Rows[Invite] = Rows(working, "channel_invites", lambda i: i.id)
        self._subscriptions: Rows[Subscription] = Rows(working, "subscriptions", lambda s: s.id)
        self._plans: Rows[ServicePlan] = Rows(working, "service_plans", lambda p: p.id)
        self._resources: Rows[Resource] = Rows(working, "resources", lambda r: r.id)
        self._kept: Rows[GrandfatheredEntitlement] = Rows(
            working, "kept_openings", lambda k: (k.subscription_id, k.resource_id)
        )

    async def channel(self) -> Channel | None:
        return self._channels.one(lambda c: c.kind is ChannelKind.VIP and c.status is not ChannelStatus.DELETED)

    async def has_channel(self) -> bool:
        """Return True if there is a VIP channel."""
        return await self.channel() is not None

    async def live_subscriptions(self, customer_id: CustomerId, soft_id: str = VIP) -> Sequence[Subscription]:
        return await self.live_subscriptions_of_all([customer_id], soft_id)

    async def live_subscriptions_of_all(
        self, customer_ids: Sequence[CustomerId], soft_id: str = VIP
    ) -> Sequence[Subscription]:
        vip, keeping = self._plans_with(soft_id)
        return self._subscriptions.many(
            lambda s: s.customer_id in customer_ids and s.live and (s.plan_id in vip or s.id in keeping),
            order=lambda s: (s.created_at, s.id),
        )

    async def without_access(
        self, channel_id: ChannelId, after_id: CustomerId | None, limit: int, soft_id: str = VIP
    ) -> Sequence[CustomerId]:
        vip, keeping = self._plans_with(soft_id)
        known = {access.customer_id for access in self._accesses.all() if access.channel_id == channel_id}
        opened = [each for each in self._subscriptions.all() if each.plan_id in vip or each.id in keeping]
        live = {each.customer_id for each in opened if each.live} - known
        return sorted(who for who in live if after_id is None or who > after_id)[:limit]

    def _plans_with(self, soft_id: str) -> tuple[set[PlanId], set[SubscriptionId]]:
        """Return the plans that open a resource, and the subscriptions with a grandfathered entitlement to the
        resource.
        """
        plans = {plan.id for plan in self._plans.all() if soft_id in plan.opens}
        ids = {resource.id for resource in self._resources.all() if resource.soft_id == soft_id}
        return plans, {kept.subscription_id for kept in self._kept.all() if kept.resource_id in ids}

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        shared = {plan.id for plan in self._plans.all() if PERSONAL not in plan.opens}
        return [
            item
            for item in await self._all_subscriptions.list_over(now)
            if item.plan_id in shared
            and item.provider_ref is None
            and (item.next_check_at is None or item.next_check_at <= now)
        ]

    async def count_due(self, now: datetime) -> int:
        return len(await self.list_due(now))

    async def list_entered(self, customer_ids: Sequence[CustomerId]) -> Collection[tuple[ResourceId, CustomerId]]:
        there = {each.id: each.resource_id for each in self._channels.all() if each.status is not ChannelStatus.DELETED}
        mine = [(there.get(each.channel_id), each.customer_id) for each in self._accesses.all()]
        return {(channel, whose) for channel, whose in mine if channel is not None and whose in customer_ids}

    async def with_own_channel(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[SubscriptionId]:
        own = (
            channel
            for channel in self._channels.all()
            if channel.kind is ChannelKind.PERSONAL and channel.status is not ChannelStatus.DELETED
        )
        kept = {channel.subscription_id for channel in own if channel.subscription_id is not None}
        return sorted(kept & set(subscription_ids))

    async def accesses(self, channel_id: ChannelId, customer_ids: Sequence[CustomerId]) -> Sequence[Access]:
        return self._accesses.many(
            lambda a: a.channel_id == channel_id and a.customer_id in customer_ids,
            order=lambda a: a.customer_id,
            lock=True,
        )

    async def save_accesses(self, accesses: Sequence[Access]) -> None:
        for access in accesses:
            self._accesses.save(access)

    async def live_invites(self, channel_id: ChannelId, customer_id: CustomerId) -> Sequence[Invite]:
        return self._invites.many(
            lambda i: (i.channel_id, i.customer_id, i.status) == (channel_id, customer_id, InviteStatus.LIVE),
            order=lambda i: (i.created_at, i.id),
        )

    async def invite_by_url(self, channel_id: ChannelId, url: str) -> Invite | None:
        return self._invites.one(lambda i: (i.channel_id, i.url) == (channel_id, url))
