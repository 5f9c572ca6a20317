"""Activation tokens, the ritual of entry, the shared channels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.activation_token import ActivationToken
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.resource import VIP
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
from subscriptions.domain.ports.repositories.key import RepositoryKey


@dataclass(frozen=True, kw_only=True)
class TokenCounts:
    """How many of a plan's and campaign's tokens came how far; each counts once in each column it reached."""

    plan_id: PlanId
    campaign: str
    codes: int
    openings: int
    activations: int
    joins: int


class TokenRepository(Protocol):
    """Activation tokens."""

    async def get(self, token_id: TokenId) -> ActivationToken | None: ...
    async def by_token(self, token: str, *, lock: bool = False) -> ActivationToken | None: ...
    async def of_gift(self, order_id: OrderId, *, lock: bool = False) -> ActivationToken | None:
        """The one that a customer paid for with that order."""
        ...

    async def add_if_new(self, token: ActivationToken) -> bool:
        """False: these sixteen characters exist already, or one for the same gift."""
        ...

    async def made_together(self, batch: UUID) -> Mapping[TokenId, datetime]:
        """Until when each may be used; asked of the few columns that the web may read."""
        ...

    async def list_unsealed(self, limit: int) -> Sequence[ActivationToken]:
        """Those that stand as they are handed out, in any order."""
        ...

    async def sealed_before(self, moment: datetime, now: datetime) -> int:
        """How many were made and sealed by a key before then, and could still be used."""
        ...

    async def seal(self, token_id: TokenId, sealed_code: str) -> None:
        """Keep this instead of the code, unless it is sealed already; all else stays as it is."""
        ...

    async def save(self, token: ActivationToken) -> None:
        """Keep other characters of a token that is there; all else stays as it is."""
        ...

    async def note_revoked(self, token_id: TokenId, person: TelegramId | None, now: datetime) -> None:
        """Let nobody use it from now on. person: whoever revoked it, None for the shell."""
        ...

    async def note_opened(self, token_id: TokenId, now: datetime) -> None:
        """Somebody came with it."""
        ...

    async def claim(
        self, token_id: TokenId, customer_id: CustomerId, subscription_id: SubscriptionId, now: datetime
    ) -> bool:
        """Use it up for a customer. False: somebody was first, or it was revoked or ran out of time."""
        ...

    async def note_joined(self, customer_id: CustomerId, channel_id: ChannelId, now: datetime) -> None:
        """Who used tokens for this channel is inside: note it on those that did not lead in yet."""
        ...

    async def counts(self) -> Sequence[TokenCounts]:
        """By plan and campaign, those with the most tokens first."""
        ...


class VipEntryRepository(Protocol):
    """One row per customer and resource. resource_id: which one the ritual leads to; None for the VIP channel."""

    async def find(
        self, customer_id: CustomerId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None: ...
    async def by_telegram_id(
        self, telegram_id: TelegramId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None: ...
    async def of_all(
        self, customer_ids: Sequence[CustomerId], resource_id: ResourceId | None = None
    ) -> Sequence[VipEntry]:
        """Those of these customers, locked in a fixed order."""
        ...

    async def under_way(self, resource_id: ResourceId) -> Sequence[VipEntry]:
        """Those that lead to a resource beside the VIP channel and are not complete, by their customers."""
        ...

    async def by_token(self, token: str) -> VipEntry | None: ...
    async def save(self, entry: VipEntry) -> None: ...
    async def save_all(self, entries: Sequence[VipEntry]) -> None: ...


class VipRepository(Protocol):
    """Shared chats, and what leads into them."""

    async def channel(self) -> Channel | None:
        """The VIP channel; there is one at most."""
        ...

    async def has_channel(self) -> bool:
        """Whether there is one, for those too who may not read it."""
        ...

    async def live_subscriptions(self, customer_id: CustomerId, opening: str = VIP) -> Sequence[Subscription]:
        """The customer's live ones of all plans that open that resource, the VIP channel unless another is named."""
        ...

    async def live_subscriptions_of_all(
        self, customer_ids: Sequence[CustomerId], opening: str = VIP
    ) -> Sequence[Subscription]:
        """The same for many customers at once."""
        ...

    async def without_access(
        self, channel_id: ChannelId, after_id: CustomerId | None, limit: int, opening: str = VIP
    ) -> Sequence[CustomerId]:
        """Who has a live plan that opens that channel and no row there, in the order of their ids."""
        ...

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """Live ones that no provider manages, whose access and grace are over and whose next_check_at is past or None;
        locked, skipping what others hold, the longest over first. Without those whose time stands still."""
        ...

    async def count_due(self, now: datetime) -> int:
        """How many `due` would give if nobody held any of them."""
        ...

    async def list_entered(self, customer_ids: Sequence[CustomerId]) -> Collection[tuple[ResourceId, CustomerId]]:
        """Each resource whose place one of these customers has, or had, a right to, with whom."""
        ...

    async def with_own_channel(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[SubscriptionId]:
        """Those of these subscriptions that a channel of their customer's own is kept for, in the order of their
        ids."""
        ...

    async def accesses(self, channel_id: ChannelId, customer_ids: Sequence[CustomerId]) -> Sequence[Access]:
        """Those of these customers to this channel, locked in a fixed order."""
        ...

    async def save_accesses(self, accesses: Sequence[Access]) -> None:
        """Write all of each."""
        ...

    async def live_invites(self, channel_id: ChannelId, customer_id: CustomerId) -> Sequence[Invite]:
        """One customer's links not known to be revoked, the oldest first."""
        ...

    async def invite_by_url(self, channel_id: ChannelId, url: str) -> Invite | None: ...


TOKENS_KEY: Final = RepositoryKey["TokenRepository"]("tokens")
VIP_ENTRIES_KEY: Final = RepositoryKey["VipEntryRepository"]("vip_entries")
VIP_KEY: Final = RepositoryKey["VipRepository"]("vip")
