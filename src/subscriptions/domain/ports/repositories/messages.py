"""Repository of notifications, which are the bot's messages to customers and owners."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import CustomerId, NotificationId, TelegramId


class NotificationRepository(Protocol):
    """Repository of notifications, each unique by its key."""

    async def add_if_new(self, notification: Notification) -> bool:
        """Add a notification. Return False if a notification with the same key exists, whether or not it was sent."""
        ...

    async def get(self, notification_id: NotificationId, *, lock: bool = False) -> Notification | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None: ...
    async def save(self, notification: Notification) -> None: ...

    async def kept_for(self, recipient: TelegramId, *, lock: bool = False) -> Sequence[Notification]:
        """Return the notifications that were not sent because the person blocked the bot, and that can be created
        again, the oldest first.
        """
        ...

    async def readdress(self, old_id: TelegramId, new_id: TelegramId) -> None:
        """Move the unsent notifications of one chat to another."""
        ...

    async def owed(self, kind: str, recipient: TelegramId) -> Sequence[Notification]:
        """Return the pending notifications of a kind for a chat, the oldest first."""
        ...

    async def last_sent(self, kind: str, recipient: TelegramId) -> datetime | None:
        """Return when the last notification of a kind was sent to a chat; None if none was sent."""
        ...

    async def sent_to(self, recipient: TelegramId, kinds: Collection[str], limit: int) -> Sequence[Notification]:
        """Return the notifications of these kinds sent to a person, the newest first."""
        ...

    async def is_notification_queued(self, kind: str, customer_id: CustomerId) -> bool:
        """Return True if a job that sends the customer a notification of this kind is waiting or running. A job that
        has failed many times does not count, because it may never send the notification.
        """
        ...
