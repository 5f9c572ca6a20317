"""Repository of broadcasts and their deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from features.broadcasts.domain import Addressee, Audience, Broadcast, BroadcastDelivery, BroadcastId, DeliveryState
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.key import RepositoryKey

Counts = Mapping[tuple[DeliveryState, str | None], int]
"""Number of deliveries by state and reason of failure."""


class BroadcastRepository(Protocol):
    """Repository of broadcasts and their deliveries."""

    async def get(self, broadcast_id: BroadcastId, *, lock: bool = False) -> Broadcast | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Broadcast | None: ...
    async def add_if_new(self, broadcast: Broadcast) -> bool:
        """Add a broadcast. Return False if a broadcast with this key exists."""
        ...

    async def save(self, broadcast: Broadcast) -> None: ...
    async def note_withdrawn(self, broadcast: Broadcast) -> None:
        """Save that a broadcast is withdrawn, and no other field."""
        ...

    async def remove(self, broadcast_id: BroadcastId) -> None:
        """Delete a broadcast that was sent to no customer."""
        ...

    async def newest(self, limit: int, offset: int = 0) -> Sequence[Broadcast]:
        """Return the broadcasts, the newest first."""
        ...

    async def list_mirrored(self, chat: ChatId, start: datetime) -> Sequence[Broadcast]:
        """Return the broadcasts mirrored from a channel since `start` that are not withdrawn, the oldest first."""
        ...

    async def size(self, audience: Audience, now: datetime) -> tuple[int, int]:
        """Return the number of customers in an audience, and the number of reachable customers among them."""
        ...

    async def address(self, broadcast: Broadcast, audience: Audience, now: datetime) -> int:
        """Plan a delivery for every customer in the audience who has none yet, and return the number of new deliveries.
        The delivery of a customer who blocked the bot is marked as failed.
        """
        ...

    async def claim(self, broadcast_id: BroadcastId, limit: int, now: datetime) -> Sequence[Addressee]:
        """Claim up to `limit` deliveries that were not attempted yet, so that no other process attempts them."""
        ...

    async def list_outdated(self, broadcast: Broadcast, limit: int) -> Sequence[Addressee]:
        """Return up to `limit` sent deliveries that do not show the broadcast's current revision."""
        ...

    async def settle(self, deliveries: Sequence[BroadcastDelivery]) -> None:
        """Save the results of deliveries."""
        ...

    async def list_buyers(self, broadcast: Broadcast, window: timedelta) -> Sequence[tuple[int, Money]]:
        """Return, per currency, the number of recipients who paid within `window` after the broadcast began, and the
        total amount less refunds. Renewals are excluded.
        """
        ...

    async def give_up(self, broadcast_id: BroadcastId, cutoff: datetime) -> int:
        """Mark the deliveries that were begun before `cutoff` and have no result as unknown. Return their number."""
        ...

    async def try_again(self, broadcast_id: BroadcastId) -> int:
        """Reset the deliveries with an unknown result, so that they are attempted again. Return their number."""
        ...

    async def note_opening(self, broadcast_id: BroadcastId, telegram_id: TelegramId, at: datetime) -> bool:
        """Record that a recipient opened a button of the broadcast. Return False if the opening was recorded before or
        the broadcast was not sent to this person.
        """
        ...

    async def count_opened(self, broadcast_id: BroadcastId) -> int:
        """Return the number of recipients who opened a button of the broadcast."""
        ...

    async def counts(self, broadcast_id: BroadcastId) -> Counts: ...


BROADCASTS_KEY: Final = RepositoryKey["BroadcastRepository"]("broadcasts")
