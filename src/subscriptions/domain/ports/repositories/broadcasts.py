"""Broadcasts and whom they reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from subscriptions.domain.entities.broadcast import Addressee, Audience, Broadcast, BroadcastDelivery, DeliveryState
from subscriptions.domain.ids import BroadcastId, ChatId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.key import RepositoryKey

Counts = Mapping[tuple[DeliveryState, str | None], int]
"""How many deliveries are in a state, by why not."""


class BroadcastRepository(Protocol):
    """Broadcasts and whom they reached."""

    async def get(self, broadcast_id: BroadcastId, *, lock: bool = False) -> Broadcast | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Broadcast | None: ...
    async def add_if_new(self, broadcast: Broadcast) -> bool:
        """False: a broadcast with this key exists."""
        ...

    async def save(self, broadcast: Broadcast) -> None: ...
    async def note_withdrawn(self, broadcast: Broadcast) -> None:
        """Write that a broadcast is taken back; all else stays as it is."""
        ...

    async def remove(self, broadcast_id: BroadcastId) -> None:
        """One that nothing was sent of."""
        ...

    async def newest(self, limit: int, offset: int = 0) -> Sequence[Broadcast]:
        """The newest first."""
        ...

    async def list_mirrored(self, chat: ChatId, start: datetime) -> Sequence[Broadcast]:
        """What was mirrored from a channel since then and is not withdrawn, the oldest first."""
        ...

    async def size(self, audience: Audience) -> tuple[int, int]:
        """How many people are meant, and how many of them can be reached."""
        ...

    async def address(self, broadcast: Broadcast, audience: Audience) -> int:
        """Plan a delivery to everybody who is meant and has none yet; how many there are new. Who blocked the bot has
        one that failed."""
        ...

    async def claim(self, broadcast_id: BroadcastId, limit: int, now: datetime) -> Sequence[Addressee]:
        """So many that nobody tried yet, which nobody else will try from now on."""
        ...

    async def list_outdated(self, broadcast: Broadcast, limit: int) -> Sequence[Addressee]:
        """So many that were sent and do not show what the broadcast says now."""
        ...

    async def settle(self, deliveries: Sequence[BroadcastDelivery]) -> None:
        """Write what became of them."""
        ...

    async def list_buyers(self, broadcast: Broadcast, window: timedelta) -> Sequence[tuple[int, Money]]:
        """Who of those it reached paid within that time after it began, renewals left out: how many people, and how
        much, less what went back; a pair for each currency."""
        ...

    async def give_up(self, broadcast_id: BroadcastId, cutoff: datetime) -> int:
        """What was begun before `cutoff` and never settled is unknown from now on; how many."""
        ...

    async def try_again(self, broadcast_id: BroadcastId) -> int:
        """Those that are unknown, as if never tried; how many."""
        ...

    async def note_opening(self, broadcast_id: BroadcastId, telegram_id: TelegramId, at: datetime) -> bool:
        """That somebody to whom it was sent opened a button of it. False: noted before, or it was not sent to them."""
        ...

    async def count_opened(self, broadcast_id: BroadcastId) -> int:
        """How many of those to whom it was sent opened a button of it."""
        ...

    async def counts(self, broadcast_id: BroadcastId) -> Counts: ...


BROADCASTS_KEY: Final = RepositoryKey["BroadcastRepository"]("broadcasts")
