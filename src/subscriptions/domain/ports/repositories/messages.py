"""Messages owed to people."""

from typing import Protocol

from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import NotificationId


class NotificationRepository(Protocol):
    """Messages owed to people."""

    async def add_if_new(self, notification: Notification) -> bool:
        """False: this is owed or told already."""
        ...

    async def get(self, notification_id: NotificationId, *, lock: bool = False) -> Notification | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None: ...
    async def save(self, notification: Notification) -> None: ...
