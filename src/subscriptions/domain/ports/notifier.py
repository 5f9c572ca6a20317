"""Telling people things."""

from typing import Protocol

from subscriptions.domain.entities.notification import Notification


class Notifier(Protocol):
    """Sends one message to one person's chat with the bot."""

    async def send(self, notification: Notification) -> int:
        """The message's id. Raises RetryLater (limits, network), ActionRequired("blocked_bot"), Permanent."""
        ...
