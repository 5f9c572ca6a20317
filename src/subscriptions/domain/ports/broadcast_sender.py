"""Port for sending a broadcast to one customer."""

from typing import Protocol

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.pick_sender import PostedPick


class BroadcastSender(Protocol):
    """Sender of broadcasts through the subscription bot.

    Raises RetryLater (a limit: nothing was sent), Ambiguous (the message may have been sent),
    ActionRequired("blocked_bot" or "deleted_account") and Permanent.
    """

    async def turn(self) -> None:
        """Wait until one more message may be sent, after all messages that answer a person. Call before each `send` of
        a broadcast; nothing is claimed before.
        """
        ...

    async def send(self, recipient: TelegramId, content: PickContent) -> PostedPick:
        """Send the content immediately."""
        ...

    async def edit(self, recipient: TelegramId, post: PostedPick, content: PickContent) -> None:
        """Edit a sent message once its turn comes. Unchanged content is not an error."""
        ...

    async def withdraw(self, recipient: TelegramId, post: PostedPick) -> None:
        """Delete a sent message once its turn comes. A message that is already gone is not an error; one older than two
        days remains and raises Permanent.
        """
        ...
