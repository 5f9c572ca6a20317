"""Messages owed to people."""

from typing import Final

from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import NotificationId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import notifications
from subscriptions.infrastructure.repositories.store import TableStore, Unit

NOTIFICATION: Final = RowMapper(Notification)


class SqlNotificationRepository:
    """NotificationRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._notifications = TableStore(unit, notifications, NOTIFICATION)

    async def add_if_new(self, notification: Notification) -> bool:
        """False: this is owed or told already."""
        return await self._notifications.add_if_new(notification)

    async def get(self, notification_id: NotificationId, *, lock: bool = False) -> Notification | None:
        """By our id."""
        return await self._notifications.one(notifications.c.id == notification_id, lock=lock)

    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None:
        """By what makes it one message."""
        return await self._notifications.one(notifications.c.key == key, lock=lock)

    async def save(self, notification: Notification) -> None:
        """Write all of it."""
        await self._notifications.save(notification)
