"""Port for sending posts to the private chats of people, one message at a time."""

from typing import Protocol

from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.entities.upload import Upload
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.post_sender import SentPost


class PeopleSender(Protocol):
    """Port for sending posts to people's private chats through the subscription bot.

    May raise RetryLater (rate limit: nothing was sent), Ambiguous (the message may have been sent),
    ActionRequired("blocked_bot" or "deleted_account") and Permanent.
    """

    async def turn(self) -> None:
        """Wait until the bot may send one more message. Replies to customers take precedence over broadcasts. Call this
        method before each `send` of a broadcast, and claim the delivery only afterwards.
        """
        ...

    async def send(self, recipient: TelegramId, content: PostContent) -> SentPost:
        """Send the content immediately."""
        ...

    async def send_file(self, recipient: TelegramId, upload: Upload, caption: PostContent | None) -> SentPost:
        """Send an uploaded file immediately. caption: text and buttons below the file; None for neither."""
        ...

    async def edit(self, recipient: TelegramId, post: SentPost, content: PostContent) -> None:
        """Edit a sent message once the rate limit permits. Unchanged content is not an error."""
        ...

    async def withdraw(self, recipient: TelegramId, post: SentPost) -> None:
        """Delete a sent message once the rate limit permits. A message that is already deleted is not an error. Raise
        Permanent for a message older than two days, which bots cannot delete.
        """
        ...
