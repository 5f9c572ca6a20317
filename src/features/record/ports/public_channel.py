"""Port for posting in a public channel."""

from typing import Protocol

from subscriptions.domain.entities.post import PostContent


class PublicChannel(Protocol):
    """Port for publishing posts in a public channel. The subscription bot must be an administrator of the channel."""

    async def post(self, username: str, content: PostContent) -> int:
        """Publish a post and return the message id. Raises RetryLater (a limit: nothing was sent), Ambiguous (the post
        may have been sent) and Permanent.
        """
        ...
