"""Repository of resources, such as channels and groups that plans include, and of their chats."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.resource import GrandfatheredEntitlement, Holders, PlanTopic, Resource
from subscriptions.domain.ids import ChannelId, ChatId, CustomerId, PlanId, ResourceId, SubscriptionId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook


class ResourceRepository(Protocol):
    """Repository of resources. A shared resource has at most one chat, stored in one row of `telegram_channels` that is
    never replaced by another row.
    """

    async def get(self, resource_id: ResourceId) -> Resource | None: ...
    async def by_soft_id(self, soft_id: str) -> Resource | None: ...
    async def all(self) -> Sequence[Resource]:
        """Return all resources, the oldest first; resources of the same age are ordered by slug."""
        ...

    async def by_soft_ids(self, soft_ids: Collection[str], *, skips_unreadable: bool = False) -> Sequence[Resource]:
        """Return the resources with these slugs, in the order of `all`. `skips_unreadable`: True to leave out resources
        whose row is unreadable, as `all` does; otherwise Unreadable is raised.
        """
        ...

    async def add_if_new(self, resource: Resource) -> bool:
        """Add a resource. Return False if another resource has the same slug."""
        ...

    async def save(self, resource: Resource) -> None: ...
    async def channel(self, resource_id: ResourceId) -> Channel | None:
        """Return the chat of a shared resource; None if the resource has no chat."""
        ...

    async def content(self, resource_id: ResourceId) -> Content | None:
        """Return the content that a resource of the kind `content` delivers; None for other kinds."""
        ...

    async def save_content(self, content: Content) -> None: ...
    async def list_placed(self) -> Collection[ResourceId]:
        """Return the resources that have a chat. The method reads only columns that the web process may read."""
        ...

    async def list_admitting(self) -> Collection[ResourceId]:
        """Return the resources that have a chat to which the bot can admit people and from which it can remove them, as
        far as is known. The method reads only columns that the web process may read.
        """
        ...

    async def list_unchecked(self, seen_before: datetime, closed_before: datetime) -> Sequence[ChannelId]:
        """Return the ready chats of resources whose state the bot recorded before `seen_before` or never, and those to
        which the bot cannot admit people and whose state it recorded before `closed_before`.
        """
        ...

    async def list_concerning(
        self, customer_id: CustomerId, plan_id: PlanId, soft_ids: Collection[str]
    ) -> Sequence[Resource]:
        """Return the resources with these slugs, the shared resources whose chat the customer has or had access to, and
        `personal` if the customer has a channel of that plan.
        """
        ...

    async def see_chat(self, look: ChannelLook, at: datetime) -> None:
        """Save the state of a chat as the bot sees it, in place of the earlier state. The id of the
        chat must be known.
        """
        ...

    async def seen_chat(self, chat: ChatId | str) -> ChannelLook | None:
        """Return the last stored state of a chat, by id or `@name`. Return None if the bot never saw the chat."""
        ...

    async def seen_chats(self, limit: int) -> Sequence[ChannelLook]:
        """Return the unmanaged chats in which the bot is an administrator, the most recently seen first."""
        ...

    async def count_chat(self, chat: ChatId, unnamed_count: int, at: datetime) -> None:
        """Save how many members of a chat the bot cannot identify. Nothing is saved for a chat that the bot has not
        seen before.
        """
        ...

    async def guests(self, channel_id: ChannelId, limit: int | None = None) -> Sequence[TelegramId]:
        """Return the known members of a shared chat without an entitlement; the guest not seen for the longest time
        comes first.
        """
        ...

    async def note_guest(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        """Record that a guest is in the chat, or was seen there again."""
        ...

    async def drop_guest(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Delete the record of a guest who left or now has an entitlement. A missing record is not an error."""
        ...

    async def note_ban(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        """Record that Umbral is responsible for lifting the ban of this person: a removal is about to ban the person,
        or staff want the ban lifted.
        """
        ...

    async def drop_ban(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Delete the record of a ban that was lifted, or that never took place."""
        ...

    async def is_ban_ours(self, channel_id: ChannelId, person: TelegramId) -> bool:
        """Return True if Umbral is responsible for lifting a ban of this person."""
        ...

    async def named_inside(self, channel_id: ChannelId) -> frozenset[TelegramId]:
        """Return the customers recorded as members of a chat, and its guests, who are members without
        an entitlement.
        """
        ...

    async def topic(self, channel_id: ChannelId, plan_id: PlanId) -> PlanTopic | None: ...
    async def claim_topic(self, topic: PlanTopic, patience: timedelta) -> bool:
        """Claim the creation of a plan's topic. Return False if the topic exists or another process began to create it
        within `patience`.
        """
        ...

    async def save_topic(self, topic: PlanTopic) -> None: ...
    async def drop_topic(self, topic: PlanTopic) -> None:
        """Delete a topic unless another topic has replaced it."""
        ...

    async def plans_with(self, resource_id: ResourceId) -> Collection[PlanId]: ...
    async def plans_keeping(self, resource_id: ResourceId) -> Collection[PlanId]:
        """Return the plans of live subscriptions with a grandfathered entitlement to the resource."""
        ...

    async def holders(self, resource: Resource, plan_ids: Collection[PlanId]) -> Holders:
        """Return the number of customers with any of these plans, and the number of customers among them who have the
        resource through no other plan.
        """
        ...

    async def delete_if_unused(self, resource_id: ResourceId) -> bool:
        """Delete a resource. Return False if it does not exist, if a plan includes it, or if a customer has or had
        access to it.
        """
        ...

    async def keep(self, resource_id: ResourceId, plan_id: PlanId) -> None:
        """Give each live subscription of the plan a grandfathered entitlement to the resource until its access ends.
        Subscriptions for life get none.
        """
        ...

    async def drop_kept(
        self, resource_id: ResourceId, *, plan_id: PlanId | None = None, subscription_id: SubscriptionId | None = None
    ) -> None:
        """Delete the grandfathered entitlements to a resource, of all subscriptions of a plan or of one
        subscription.
        """
        ...

    async def prolong_kept(self, subscription_id: SubscriptionId, length: timedelta) -> None:
        """Extend the grandfathered entitlements of a subscription by `length`."""
        ...

    async def kept_due(self, now: datetime, limit: int) -> Sequence[GrandfatheredEntitlement]:
        """Return the expired grandfathered entitlements, the earliest first, without those of subscriptions on hold."""
        ...

    async def kept_by(self, subscription_id: SubscriptionId) -> Sequence[Resource]:
        """Return the grandfathered resources of a subscription, in the order of `all`."""
        ...

    async def kept_of_plan(self, customer_id: CustomerId, plan_id: PlanId) -> Sequence[Resource]:
        """Return the grandfathered resources of the customer's live subscription to a plan, in the order of `all`."""
        ...
