"""Telling people things."""

from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.notification import Message, Notification


@dataclass(frozen=True)
class SentMessage:
    """id: of the message in its chat. text: as it was sent, in HTML."""

    id: int
    text: str


class Notifier(Protocol):
    """Sends one message to one person's chat with the bot."""

    async def send(self, notification: Notification, message: Message) -> SentMessage:
        """notification: to whom, and in which language. Raises RetryLater (limits, network),
        ActionRequired("blocked_bot"), Permanent."""
        ...

    async def take_buttons(self, notification: Notification) -> None:
        """What was sent stays, without its buttons. Best effort: whatever hinders it is logged."""
        ...
