"""Port for posting in a public channel."""

from typing import Protocol

from subscriptions.domain.entities.pick import PickContent


class PublicChannel(Protocol):
    """Posts in a public channel by the subscription bot, an administrator there."""

    async def post(self, username: str, content: PickContent) -> int:
        """Publish a post and return the message id. Raises RetryLater (a limit: nothing was sent), Ambiguous (the post
        may have been sent) and Permanent.
        """
        ...
