"""Showing something in a channel that everybody can read."""

from typing import Protocol

from subscriptions.domain.entities.pick import PickContent


class PublicChannel(Protocol):
    """The subscription bot, which is an admin there."""

    async def post(self, username: str, content: PickContent) -> int:
        """The number of the message. Raises RetryLater (limits: nothing was sent), Ambiguous (it may have been),
        Permanent."""
        ...
