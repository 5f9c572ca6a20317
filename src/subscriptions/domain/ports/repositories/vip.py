"""Repositories of activation tokens, VIP entries and shared chats."""

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
    """Numbers of activation tokens of a plan and campaign: created, opened, redeemed, and followed by joining the
    channel. A token counts in each stage that it has reached.
    """

    plan_id: PlanId
    campaign: str
    codes: int
    openings: int
    activations: int
    joins: int


class TokenRepository(Protocol):
    """Repository of activation tokens."""

    async def get(self, token_id: TokenId) -> ActivationToken | None: ...
    async def by_token(self, token: str, *, lock: bool = False) -> ActivationToken | None: ...
    async def of_order(self, order_id: OrderId, *, lock: bool = False) -> ActivationToken | None:
        """Return the token of the gift that a customer paid for with that order; None if there is none."""
        ...

    async def add_if_new(self, token: ActivationToken) -> bool:
        """Add a token. Return False if the same code, or a token for the same gift, exists already."""
        ...

    async def made_together(self, batch: UUID) -> Mapping[TokenId, datetime]:
        """Return the expiry of each token of a batch. The method reads only columns that the web process may read."""
        ...

    async def list_unsealed(self, limit: int) -> Sequence[ActivationToken]:
        """Return tokens that are stored in plain text, in any order."""
        ...

    async def sealed_before(self, moment: datetime, now: datetime) -> int:
        """Return the number of usable tokens that were created before `moment` and sealed with a key."""
        ...

    async def seal(self, token_id: TokenId, sealed_code: str) -> None:
        """Replace the plain code with its sealed form, unless it is sealed already. No other field changes."""
        ...

    async def save(self, token: ActivationToken) -> None:
        """Save the stored form of the code: `token`, `sealed` and `keyless`. No other field changes."""
        ...

    async def note_revoked(self, token_id: TokenId, person: TelegramId | None, now: datetime) -> None:
        """Revoke a token. `person`: staff member who revoked it; None if it was revoked on the command line."""
        ...

    async def extend(self, token_id: TokenId, days: int, expires_at: datetime) -> bool:
        """Set the number of days of an unused token and its expiry. Return False if it was redeemed or revoked."""
        ...

    async def note_opened(self, token_id: TokenId, now: datetime) -> None:
        """Record that a person opened the token's link."""
        ...

    async def claim(
        self, token_id: TokenId, customer_id: CustomerId, subscription_id: SubscriptionId, now: datetime
    ) -> bool:
        """Redeem a token for a customer. Return False if it was redeemed, revoked or expired."""
        ...

    async def note_joined(self, customer_id: CustomerId, channel_id: ChannelId, now: datetime) -> None:
        """Record the time of joining on the tokens that the customer redeemed for the channel and that have no such
        time yet.
        """
        ...

    async def counts(self) -> Sequence[TokenCounts]:
        """Return the numbers by plan and campaign, the pair with the most tokens first."""
        ...


class VipEntryRepository(Protocol):
    """Repository of VIP entries, which store a customer's progress through the entry steps of a shared channel. There
    is one row per customer and resource.

    `resource_id`: resource that the entry leads to; None for the VIP channel
    """

    async def find(
        self, customer_id: CustomerId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None: ...
    async def by_telegram_id(
        self, telegram_id: TelegramId, resource_id: ResourceId | None = None, *, lock: bool = False
    ) -> VipEntry | None: ...
    async def of_all(
        self, customer_ids: Sequence[CustomerId], resource_id: ResourceId | None = None
    ) -> Sequence[VipEntry]:
        """Lock and return the entries of these customers in a fixed order."""
        ...

    async def under_way(self, resource_id: ResourceId) -> Sequence[VipEntry]:
        """Return the incomplete entries for a resource other than the VIP channel, ordered by customer."""
        ...

    async def by_token(self, token: str) -> VipEntry | None: ...
    async def save(self, entry: VipEntry) -> None: ...
    async def save_all(self, entries: Sequence[VipEntry]) -> None: ...


class VipRepository(Protocol):
    """Repository of shared chats and of access to them."""

    async def channel(self) -> Channel | None:
        """Return the VIP channel; None if the installation has no VIP channel."""
        ...

    async def has_channel(self) -> bool:
        """Return True if a VIP channel exists. Callers that may not read the channel can use this method."""
        ...

    async def live_subscriptions(self, customer_id: CustomerId, soft_id: str = VIP) -> Sequence[Subscription]:
        """Return the customer's live subscriptions that include the resource, by their plan or by a grandfathered
        entitlement, the oldest first. The resource is the VIP channel by default.
        """
        ...

    async def live_subscriptions_of_all(
        self, customer_ids: Sequence[CustomerId], soft_id: str = VIP
    ) -> Sequence[Subscription]:
        """Return the live subscriptions of many customers that include the resource; see `live_subscriptions`."""
        ...

    async def without_access(
        self, channel_id: ChannelId, after_id: CustomerId | None, limit: int, soft_id: str = VIP
    ) -> Sequence[CustomerId]:
        """Return up to `limit` customers who have a live subscription that includes the resource, but no access row for
        its channel, ordered by id, starting after `after_id`.
        """
        ...

    async def list_due(self, now: datetime) -> Sequence[Subscription]:
        """Lock and return live subscriptions for the VIP channel that no provider manages, whose access and grace
        period are over, and whose next_check_at is past or None. The subscription that expired longest ago comes first.
        Rows locked elsewhere are skipped. Subscriptions whose remaining time is paused are excluded.
        """
        ...

    async def count_due(self, now: datetime) -> int:
        """Return the number of subscriptions that `list_due` would return if no row were locked."""
        ...

    async def list_entered(self, customer_ids: Sequence[CustomerId]) -> Collection[tuple[ResourceId, CustomerId]]:
        """Return the pairs of resource and customer for which the customer has or had access to the resource's chat."""
        ...

    async def with_own_channel(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[SubscriptionId]:
        """Return those of the given subscriptions that have a personal channel, ordered by id."""
        ...

    async def accesses(self, channel_id: ChannelId, customer_ids: Sequence[CustomerId]) -> Sequence[Access]:
        """Lock and return the access rows of these customers for this channel, in a fixed order."""
        ...

    async def save_accesses(self, accesses: Sequence[Access]) -> None:
        """Save all fields of each access row."""
        ...

    async def live_invites(self, channel_id: ChannelId, customer_id: CustomerId) -> Sequence[Invite]:
        """Return a customer's links that are not recorded as revoked, the oldest first."""
        ...

    async def invite_by_url(self, channel_id: ChannelId, url: str) -> Invite | None: ...


TOKENS_KEY: Final = RepositoryKey["TokenRepository"]("tokens")
VIP_ENTRIES_KEY: Final = RepositoryKey["VipEntryRepository"]("vip_entries")
VIP_KEY: Final = RepositoryKey["VipRepository"]("vip")
