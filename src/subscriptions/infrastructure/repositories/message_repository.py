"""Repository of notifications, which are the bot's messages to customers and owners."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text, update

from subscriptions.application.dto.jobs import Announce
from subscriptions.domain.entities.delivery import BLOCKED_BOT, NEVER_OPENED
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import CustomerId, NotificationId, TelegramId
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import notifications
from subscriptions.infrastructure.database.tables.messages import IS_OWED
from subscriptions.infrastructure.repositories.store import Repository, verbatim

NOTIFICATION: Final = RowMapper(Notification)

TRIES: Final = 30
"""Number of attempts after which a job counts as failing. The attempts take more than a few minutes."""
_STILL_TO_TELL: Final = text(
    "SELECT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = :job AND status IN ('queued', 'picked')"
    " AND attempts < :tries AND position(CAST(:kind AS bytea) IN payload) > 0"
    " AND position(CAST(:customer AS bytea) IN payload) > 0)"
    " OR EXISTS (SELECT FROM due_jobs WHERE name = :job AND payload @> CAST(:known AS jsonb))"
)


class SqlNotificationRepository(Repository[NotificationId, Notification]):
    """NotificationRepository in PostgreSQL."""

    table = notifications
    mapper = NOTIFICATION

    async def by_key(self, key: str, *, lock: bool = False) -> Notification | None:
        """Return the notification with this idempotency key; None if there is none."""
        return await self._rows.one(key=key, lock=lock)

    async def kept_for(self, recipient: TelegramId, *, lock: bool = False) -> Sequence[Notification]:
        """Implements `NotificationRepository.kept_for`."""
        columns = notifications.c
        return await self._rows.many(
            *(columns.recipient == recipient, columns.subject.is_not(None)),
            columns.failed.in_([BLOCKED_BOT, NEVER_OPENED]),
            order=(columns.created_at, columns.id),
            lock=lock,
        )

    async def readdress(self, old_id: TelegramId, new_id: TelegramId) -> None:
        """Implements `NotificationRepository.readdress`."""
        conditions = (notifications.c.recipient == old_id, notifications.c.sent_at.is_(None))
        await self._unit.connection.execute(update(notifications).where(*conditions).values(recipient=new_id))

    async def owed(self, kind: str, recipient: TelegramId) -> Sequence[Notification]:
        """Implements `NotificationRepository.owed`."""
        columns = notifications.c
        return await self._rows.many(
            *(columns.kind == kind, columns.recipient == recipient, verbatim(IS_OWED)),
            order=(columns.created_at, columns.id),
        )

    async def last_sent(self, kind: str, recipient: TelegramId) -> datetime | None:
        """Implements `NotificationRepository.last_sent`."""
        columns = notifications.c
        of_kind = verbatim(f"kind = '{kind}'")
        newest = select(func.max(columns.sent_at)).where(of_kind, columns.recipient == recipient)
        found_at: datetime | None = (await self._unit.connection.execute(newest)).scalar_one()
        return found_at

    async def sent_to(self, recipient: TelegramId, kinds: Collection[str], limit: int) -> Sequence[Notification]:
        """Implements `NotificationRepository.sent_to`."""
        columns = notifications.c
        conditions = columns.kind.in_([str(kind) for kind in kinds]), columns.message_id.is_not(None)
        newest = (
            select(notifications).where(columns.recipient == recipient, *conditions).order_by(columns.created_at.desc())
        )
        return await self._rows.all(newest.limit(limit))

    async def is_notification_queued(self, kind: str, customer_id: CustomerId) -> bool:
        """Implements `NotificationRepository.is_notification_queued`. Payloads are our own JSON, but the query does not
        rely on their exact formatting.
        """
        facts = {"job": Announce.name, "kind": f'"{kind}"'.encode(), "customer": f'"{customer_id}"'.encode()}
        parameters = {"kind": str(kind), "customer_id": str(customer_id)}
        result = await self._unit.connection.execute(
            _STILL_TO_TELL, {**facts, "tries": TRIES, "known": json.dumps(parameters)}
        )
        return bool(result.scalar())
