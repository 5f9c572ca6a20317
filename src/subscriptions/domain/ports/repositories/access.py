"""Repositories of access to chats and of the ledger, which explains when access ends."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.ledger import LedgerEntry
from subscriptions.domain.ids import (
    AccessId,
    ChannelId,
    CustomerId,
    SubscriptionId,
)


class AccessRepository(Protocol):
    """Repository of customers' access to chats."""

    async def get(self, access_id: AccessId, *, lock: bool = False) -> Access | None: ...
    async def find(self, customer_id: CustomerId, channel_id: ChannelId, *, lock: bool = False) -> Access | None: ...
    async def of_channel(self, channel_id: ChannelId, *, lock: bool = False) -> Sequence[Access]: ...
    async def page_of_channel(self, channel_id: ChannelId, after_id: AccessId | None, limit: int) -> Sequence[Access]:
        """Return up to `limit` accesses to a channel, ordered by id. `after_id`: id after which the page starts; None
        for the first page.
        """
        ...

    async def list_leaving(self) -> Sequence[Access]:
        """Return the accesses that have ended and whose customer may still be in the chat, the oldest first."""
        ...

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Access]: ...
    async def save(self, access: Access) -> None: ...


class LedgerReader(Protocol):
    """Port for reading the ledger, whose entries explain when access ends."""

    async def of_subscription(self, subscription_id: SubscriptionId) -> Sequence[LedgerEntry]: ...

    async def list_switched(self, subscription_ids: Collection[SubscriptionId]) -> Sequence[SubscriptionId]:
        """Return those of the subscriptions whose ledger contains a switch between plans, ordered by id."""
        ...

    async def granted_to(self, source_key: str) -> Sequence[SubscriptionId]:
        """Return the ids of the subscriptions that have a ledger entry with this source key, including subscriptions
        that later moved to another customer.
        """
        ...

    async def counted_until(self, subscription_ids: Collection[SubscriptionId]) -> Mapping[SubscriptionId, datetime]:
        """Return, per subscription, the end of the last billing period recorded from its provider, including trials and
        free periods. Time from other sources is not included. Subscriptions without such a period are left out.
        """
        ...
