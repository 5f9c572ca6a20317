"""Who may be where, and the ledger that explains until when."""

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
    """Who may be where."""

    async def get(self, access_id: AccessId, *, lock: bool = False) -> Access | None: ...
    async def find(self, customer_id: CustomerId, channel_id: ChannelId, *, lock: bool = False) -> Access | None: ...
    async def of_channel(self, channel_id: ChannelId, *, lock: bool = False) -> Sequence[Access]: ...
    async def list_leaving(self) -> Sequence[Access]:
        """Those whose right has ended and whose holder may still be inside, the oldest first."""
        ...

    async def of_customer(self, customer_id: CustomerId) -> Sequence[Access]: ...
    async def save(self, access: Access) -> None: ...


class LedgerReader(Protocol):
    """Why access ends."""

    async def of_subscription(self, subscription_id: SubscriptionId) -> Sequence[LedgerEntry]: ...

    async def granted_to(self, source_key: str) -> Sequence[SubscriptionId]:
        """Where a grant is counted by this cause, whoever's it is or was."""
        ...

    async def counted_until(self, subscription_ids: Collection[SubscriptionId]) -> Mapping[SubscriptionId, datetime]:
        """Up to when the provider's periods are counted, each by itself: what was given beside them does not matter.
        Subscriptions without any are left out."""
        ...
