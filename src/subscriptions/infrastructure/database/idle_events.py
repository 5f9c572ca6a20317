"""Query of pending payment events for which no job is queued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.jobs import ApplyPaymentEvent
from subscriptions.application.payments.watch_events import PATIENCE
from subscriptions.domain.ids import InboxId
from subscriptions.infrastructure.database.errors import translate_errors

AT_ONCE: Final = 500
"""Maximum number of events per check."""

# A job whose payload is not JSON must not stop the check, so the id is read as text. Events dated in the future are
# included, because they would otherwise never become due.
_IDLE: Final = text(
    "SELECT id FROM webhook_inbox WHERE status = 'pending'"
    " AND (received_at < CAST(:before AS timestamptz) OR received_at > CAST(:after AS timestamptz))"
    " AND NOT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = :job"
    """ AND substring(encode(payload, 'escape') FROM '"inbox_id":"([0-9a-f-]+)"') = webhook_inbox.id::text)"""
    " AND NOT EXISTS (SELECT FROM due_jobs WHERE name = :job"
    " AND due_jobs.payload ->> 'inbox_id' = webhook_inbox.id::text)"
    " ORDER BY received_at LIMIT :most"
)


@dataclass(frozen=True)
class SqlIdleEvents:
    """Query of pending payment events that would never be applied, because no job for them is queued."""

    engine: AsyncEngine

    async def __call__(self, now: datetime) -> Sequence[InboxId]:
        """Implements `IdleEvents`. Raises RetryLater for a temporary database error."""
        parameters = {
            "before": now - PATIENCE,
            "after": now + PATIENCE,
            "job": ApplyPaymentEvent.name,
            "most": AT_ONCE,
        }
        with translate_errors():
            async with self.engine.connect() as connection:
                return [InboxId(row.id) for row in await connection.execute(_IDLE, parameters)]
