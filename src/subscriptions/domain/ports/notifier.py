"""Port for notifying customers."""

from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.notification import Message, Notification


@dataclass(frozen=True)
class SentMessage:
    """Message as it was sent.

    id: message id in its chat
    text: HTML text
    """

    id: int
    text: str


class Notifier(Protocol):
    """Port for sending single messages to a customer's chat with the bot."""

    async def send(self, notification: Notification, message: Message) -> SentMessage:
        """Send a message to the recipient of the notification, in the notification's language. May raise RetryLater
        (limits, network), ActionRequired("blocked_bot") and Permanent.
        """
        ...

    async def take_buttons(self, notification: Notification) -> None:
        """Remove the buttons of a sent message and keep its text. Best effort: failures are logged."""
        ...
