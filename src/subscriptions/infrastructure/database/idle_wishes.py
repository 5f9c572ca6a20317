"""Query of requested refunds that have neither a queued job nor a result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.application.dto.jobs import RefundPayment
from subscriptions.application.payments.watch_wishes import PATIENCE, IdleWish
from subscriptions.application.subscriptions.money_left import REFUND_ASKED, REFUND_FAILED
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.errors import translate_errors

# One statement reads one snapshot, and a job is deleted only after its result is recorded, so no request is missed
# between the two. A manual refund is an event in the inbox. Requests dated in the future are included, because they
# would otherwise never become due.
_IDLE: Final = text(
    "SELECT payments.id, facts ->> 'operation' AS operation, facts ->> 'minor' AS minor FROM ("
    " SELECT subject, facts, CAST(CASE WHEN subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN subject END"
    " AS uuid) AS payment_id FROM audit_log WHERE action = :wish AND facts ? 'operation'"
    " AND (at < CAST(:before AS timestamptz) OR at > CAST(:after AS timestamptz))) AS wish"
    " JOIN payments ON payments.id = wish.payment_id"
    " WHERE NOT EXISTS (SELECT FROM audit_log AS result WHERE result.subject = wish.subject"
    " AND result.action IN (:asked, :failed) AND result.facts ->> 'operation' = wish.facts ->> 'operation')"
    " AND NOT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = :job"
    """ AND position(convert_to('"' || (wish.facts ->> 'operation') || '"', 'UTF8') IN payload) > 0)"""
    " AND NOT EXISTS (SELECT FROM due_jobs WHERE name = :job"
    " AND due_jobs.payload ->> 'key' = wish.facts ->> 'operation')"
    " AND NOT EXISTS (SELECT FROM webhook_inbox WHERE webhook_inbox.provider = payments.provider"
    " AND event_key = wish.facts ->> 'operation')"
)
_DIGITS: Final = 18
"""Maximum number of digits of a valid amount."""


@dataclass(frozen=True)
class SqlIdleWishes:
    """Query of requested refunds that would never be executed, because they have neither a queued job nor a result."""

    engine: AsyncEngine

    async def __call__(self, now: datetime) -> Sequence[IdleWish]:
        """Implements `IdleWishes`. Raises RetryLater for a temporary database error."""
        parameters = {
            "wish": str(StaffAction.REFUND_PAYMENT),
            "asked": REFUND_ASKED,
            "failed": REFUND_FAILED,
            "job": RefundPayment.name,
            "before": now - PATIENCE,
            "after": now + PATIENCE,
        }
        with translate_errors():
            async with self.engine.connect() as connection:
                rows = await connection.execute(_IDLE, parameters)
                return [
                    IdleWish(payment_id=PaymentId(row.id), operation=row.operation, minor=_minor(row.minor))
                    for row in rows
                ]


def _minor(text: str | None) -> int | None:
    is_amount = text is not None and text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if is_amount and text is not None else None
