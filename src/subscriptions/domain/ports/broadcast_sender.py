"""Saying to one person what is said to many."""

from typing import Protocol

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.pick_sender import PostedPick


class BroadcastSender(Protocol):
    """The subscription bot. Raises RetryLater (limits: nothing was sent), Ambiguous (it may have been),
    ActionRequired("blocked_bot" or "deleted_account"), Permanent."""

    async def turn(self) -> None:
        """Wait until one more may be sent, after everybody who waits for an answer. Asked before each `send` of many;
        nothing is taken in hand before."""
        ...

    async def send(self, recipient: TelegramId, content: PickContent) -> PostedPick:
        """At once."""
        ...

    async def edit(self, recipient: TelegramId, post: PostedPick, content: PickContent) -> None:
        """In turn. Unchanged content is fine."""
        ...

    async def withdraw(self, recipient: TelegramId, post: PostedPick) -> None:
        """In turn. What is gone is fine; what is older than two days stays, and is Permanent."""
        ...
