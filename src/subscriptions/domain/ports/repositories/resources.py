"""What plans open, and where that is."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.resource import Holders, PlanTopic, Resource, StoredOpening
from subscriptions.domain.ids import ChannelId, ChatId, CustomerId, PlanId, ResourceId, SubscriptionId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook


class ResourceRepository(Protocol):
    """What can be opened. A shared one has a place: one row of `telegram_channels`, for as long as it lives."""

    async def get(self, resource_id: ResourceId) -> Resource | None: ...
    async def by_soft_id(self, soft_id: str) -> Resource | None: ...
    async def all(self) -> Sequence[Resource]:
        """The oldest first, then by soft id."""
        ...

    async def by_soft_ids(self, soft_ids: Collection[str]) -> Sequence[Resource]:
        """Those of these soft ids, in the order of `all`."""
        ...

    async def add_if_new(self, resource: Resource) -> bool:
        """False: another one has its soft id, or the ritual."""
        ...

    async def save(self, resource: Resource) -> None: ...
    async def place(self, resource_id: ResourceId) -> Channel | None:
        """The chat that a shared one is; None while none is set up."""
        ...

    async def content(self, resource_id: ResourceId) -> Content | None:
        """What one of the kind `content` hands over; None for any other."""
        ...

    async def save_content(self, content: Content) -> None: ...
    async def list_placed(self) -> Collection[ResourceId]:
        """Those that have a place; asked of the few columns that the web may read."""
        ...

    async def list_concerning(
        self, customer_id: CustomerId, plan_id: PlanId, soft_ids: Collection[str]
    ) -> Sequence[Resource]:
        """Those of these soft ids, the shared ones to whose place the customer has, or had, a right, and `personal`
        where they have a channel of that plan."""
        ...

    async def see_chat(self, look: ChannelLook, at: datetime) -> None:
        """Keep how the bot sees a chat now, whose id it knows, in place of how it saw it before."""
        ...

    async def seen_chat(self, chat: ChatId | str) -> ChannelLook | None:
        """How the bot saw a chat last, by its id or by `@name`; None where it never did."""
        ...

    async def seen_chats(self, limit: int) -> Sequence[ChannelLook]:
        """Those where the bot is an administrator and that are nothing of ours yet, seen last first."""
        ...

    async def count_chat(self, chat: ChatId, unnamed_count: int, at: datetime) -> None:
        """Keep how many are inside a chat whom nobody can name, where the bot saw it before."""
        ...

    async def guests(self, channel_id: ChannelId, limit: int | None = None) -> Sequence[TelegramId]:
        """Who is inside a shared chat without a right to be, as far as that is known: seen longest ago first."""
        ...

    async def note_guest(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        """One more, or one who was seen again."""
        ...

    async def drop_guest(self, channel_id: ChannelId, person: TelegramId) -> None:
        """They are out, or have a right by now; whoever was no guest is none."""
        ...

    async def note_ban(self, channel_id: ChannelId, person: TelegramId, at: datetime) -> None:
        """Note that a ban of this person is ours to lift: a removal is about to make it, or staff wants it lifted."""
        ...

    async def drop_ban(self, channel_id: ChannelId, person: TelegramId) -> None:
        """Forget such a note: the ban is lifted, or was never made."""
        ...

    async def is_ban_ours(self, channel_id: ChannelId, person: TelegramId) -> bool:
        """Return True if a ban of this person is ours to lift."""
        ...

    async def named_inside(self, channel_id: ChannelId) -> frozenset[TelegramId]:
        """Customers who are inside a chat as we know it, and its guests."""
        ...

    async def topic(self, channel_id: ChannelId, plan_id: PlanId) -> PlanTopic | None: ...
    async def claim_topic(self, topic: PlanTopic, patience: timedelta) -> bool:
        """Say that a plan's topic is being made. False: it is there, or somebody began to make it within `patience`."""
        ...

    async def save_topic(self, topic: PlanTopic) -> None: ...
    async def drop_topic(self, topic: PlanTopic) -> None:
        """Forget it, unless there is another one by now."""
        ...

    async def plans_opening(self, resource_id: ResourceId) -> Collection[PlanId]: ...
    async def plans_keeping(self, resource_id: ResourceId) -> Collection[PlanId]:
        """Those that opened it once, and whose customers keep it for now."""
        ...

    async def holders(self, resource: Resource, plan_ids: Collection[PlanId]) -> Holders:
        """Who has any of these plans, and who of them has the resource by no other plan."""
        ...

    async def delete_if_unused(self, resource_id: ResourceId) -> bool:
        """False: a plan opens it, or somebody has, or had, a right to it."""
        ...

    async def keep(self, resource_id: ResourceId, plan_id: PlanId) -> None:
        """Have each live subscription of the plan go on opening it until its period ends."""
        ...

    async def drop_kept(
        self, resource_id: ResourceId, *, plan_id: PlanId | None = None, subscription_id: SubscriptionId | None = None
    ) -> None:
        """Forget what `keep` put down, of one plan's subscriptions or of one."""
        ...

    async def prolong_kept(self, subscription_id: SubscriptionId, length: timedelta) -> None:
        """Have what a subscription keeps end so much later."""
        ...

    async def kept_due(self, now: datetime, limit: int) -> Sequence[StoredOpening]:
        """Those whose period is over, the earliest first; none of a subscription whose customer is kept out."""
        ...

    async def kept_by(self, subscription_id: SubscriptionId) -> Sequence[Resource]:
        """What a subscription goes on opening, in the order of `all`."""
        ...

    async def kept_of_plan(self, customer_id: CustomerId, plan_id: PlanId) -> Sequence[Resource]:
        """The same of the customer's subscription of a plan."""
        ...
