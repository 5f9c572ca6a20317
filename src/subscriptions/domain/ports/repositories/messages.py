"""Messages owed to people."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from subscriptions.domain.entities.notification import CardKind, MessageKind, Notification
from subscriptions.domain.ids import CustomerId, NotificationId, TelegramId


class NotificationRepository(Protocol):
    """Messages owed to people."""

    async def add_if_new(self, notification: Notification) -> bool:
        """False: this is owed or told already."""
        ...

    async def get(self, notification_id: NotificationId, *, lock: bool = False) -> Notification | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None: ...
    async def save(self, notification: Notification) -> None: ...

    async def kept_for(self, recipient: TelegramId, *, lock: bool = False) -> Sequence[Notification]:
        """What somebody was not told because they have blocked the bot, and can be gathered again; oldest first."""
        ...

    async def readdress(self, old_id: TelegramId, new_id: TelegramId) -> None:
        """What one chat is still owed is owed to another."""
        ...

    async def owed(self, kind: MessageKind, recipient: TelegramId) -> Sequence[Notification]:
        """What of a kind a chat is still to be told; the oldest first."""
        ...

    async def last_sent(self, kind: MessageKind, recipient: TelegramId) -> datetime | None:
        """When a chat was last told something of a kind."""
        ...

    async def sent_to(
        self, recipient: TelegramId, kinds: Collection[MessageKind | CardKind], limit: int
    ) -> Sequence[Notification]:
        """What somebody was sent of these kinds, the newest first."""
        ...

    async def still_to_tell(self, kind: MessageKind, customer_id: CustomerId) -> bool:
        """Whether a job that tells a customer something of this kind waits or runs. One that was tried again and again
        has a trouble of its own, and does not count."""
        ...
