"""Saying to one person what is said to many."""

from typing import Protocol

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.pick_sender import PostedPick


class BroadcastSender(Protocol):
    """The subscription bot. Raises RetryLater (limits: nothing was sent), Ambiguous (it may have been),
    ActionRequired("blocked_bot" or "account_deleted"), Permanent."""

    async def send(self, to: TelegramId, content: PickContent, *, in_turn: bool = True) -> PostedPick:
        """in_turn: after everybody who waits for an answer; otherwise at once, as somebody asked to see it."""
        ...

    async def edit(self, to: TelegramId, posted: PostedPick, content: PickContent) -> None:
        """Unchanged content is fine."""
        ...

    async def withdraw(self, to: TelegramId, posted: PostedPick) -> None:
        """What is gone is fine; what is older than two days stays, and is Permanent."""
        ...
