"""Query of requested refunds that have neither a queued job nor a result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.jobs import RefundPayment
from subscriptions.application.payments.watch_wishes import PATIENCE
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.repositories.fact_repository import REFUND_REQUEST

# One statement reads one snapshot, and a job is deleted only after its result is stored, so no request is missed
# between the two. A manual refund is an event in the inbox. Requests dated in the future are included, because they
# would otherwise never become due. A request that a refund answered by its amount is included, because the refund may
# answer another one.
_IDLE: Final = text(
    "SELECT request.* FROM refund_requests AS request JOIN payments ON payments.id = request.payment_id"
    " WHERE accepted_at IS NULL AND failed_at IS NULL"
    " AND (asked_at < CAST(:before AS timestamptz) OR asked_at > CAST(:after AS timestamptz))"
    " AND NOT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = :job"
    """ AND position(convert_to('"' || operation || '"', 'UTF8') IN payload) > 0)"""
    " AND NOT EXISTS (SELECT FROM due_jobs WHERE name = :job AND due_jobs.payload ->> 'key' = operation)"
    " AND NOT EXISTS (SELECT FROM webhook_inbox WHERE webhook_inbox.provider = payments.provider"
    " AND event_key = operation)"
)


@dataclass(frozen=True)
class SqlIdleWishes:
    """Query of requested refunds that would never be executed, because they have neither a queued job nor a result."""

    engine: AsyncEngine

    async def __call__(self, now: datetime) -> Sequence[RefundRequest]:
        """Implements `IdleWishes`. Raises RetryLater for a temporary database error."""
        parameters = {"job": RefundPayment.name, "before": now - PATIENCE, "after": now + PATIENCE}
        with translate_errors():
            async with self.engine.connect() as connection:
                rows = await connection.execute(_IDLE, parameters)
                return [REFUND_REQUEST.to_entity(dict(row)) for row in rows.mappings()]
