"""Port for posting in a public channel."""

from typing import Protocol

from subscriptions.domain.entities.post import PostContent


class PublicChannel(Protocol):
    """Port for publishing posts in a public channel. The subscription bot must be an administrator of the channel."""

    async def post(self, username: str, content: PostContent) -> int:
        """Publish a post and return the message id. Raises RetryLater if nothing was sent because of a rate limit,
        Ambiguous if the post may have been sent, and Permanent if Telegram refuses the post.
        """
        ...
