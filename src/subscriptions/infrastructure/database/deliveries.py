"""Storage of received webhooks together with the jobs that apply them, in one statement.

A transaction of several statements would take one round trip per statement plus two. Meanwhile other requests of the
web process would run, and the provider would get its response only after the last round trip.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.events import DomainEvent, WebhookStored
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.repositories.inbox import Delivery, DeliveryResult, InboxStatus
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.database.tables import webhook_inbox
from subscriptions.infrastructure.jobs.queue import CAUSE_HEADER, JOB, JOBS, TELL, WRITE_JOBS, rows_of
from subscriptions.infrastructure.repositories.inbox_repository import in_order, row_of
from subscriptions.infrastructure.repositories.store import add_from, arrays_of, as_arrays

Route = Callable[[DomainEvent], Sequence[Job]]

_NAMES: Final = [column.name for column in webhook_inbox.columns]
# The planner does not know the length of an array selected by a subquery. If it knew the length, it would make a custom
# plan for each small batch, which takes as long as the insert itself.
_ROWS: Final = (
    f"unnest({arrays_of(webhook_inbox, _NAMES)}, (SELECT CAST(:about AS uuid[]))) AS w ({', '.join(_NAMES)}, about)"
)
_THEIRS: Final = (
    "SELECT name, payload, priority, key, CASE WHEN cause IS NULL THEN headers ELSE CAST(coalesce(CAST(headers AS"
    f" jsonb), '{{}}') || jsonb_build_object('{CAUSE_HEADER}', cause) AS text) END AS headers"
    f" FROM unnest((SELECT CAST(:of AS uuid[])), {JOBS}) AS w (id, {JOB}) JOIN arrived USING (id)"
    " JOIN brought USING (id)"
)
_KEEP: Final = text(
    f"WITH arrived AS ({add_from(webhook_inbox, _NAMES, _ROWS)}),"
    " brought AS (SELECT w.id, (SELECT cause FROM orders WHERE orders.id = w.about) AS cause"
    " FROM unnest((SELECT CAST(:id AS uuid[])), CAST(:about AS uuid[])) AS w (id, about)),"
    f" queued AS ({WRITE_JOBS.format(source=f'({_THEIRS}) AS w')} RETURNING 1)"
    f" SELECT id, arrived.id IS NOT NULL AS new, cause, (SELECT {TELL} WHERE EXISTS (SELECT FROM queued))"
    " FROM brought LEFT JOIN arrived USING (id)"
)


class SqlDeliveries:
    """Storage of received webhooks in PostgreSQL."""

    def __init__(self, engine: AsyncEngine, route: Route) -> None:
        """route: function that returns the jobs that follow from an event"""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._route = route

    async def __call__(self, deliveries: Sequence[Delivery]) -> Mapping[InboxId, DeliveryResult]:
        """Implements `Deliveries.__call__`."""
        entries = in_order([each.entry for each in deliveries])
        facts = as_arrays(webhook_inbox, [row_of(entry) for entry in entries])
        facts["about"] = [_uuid(entry.event.order_id) for entry in entries]
        with translate_errors():
            async with self._engine.connect() as connection:
                result = await connection.execute(_KEEP, {**facts, **self._jobs(deliveries)})
                return {InboxId(row.id): DeliveryResult(new=row.new, cause=row.cause) for row in result}

    def _jobs(self, deliveries: Sequence[Delivery]) -> dict[str, Any]:
        causes = [(each.entry.id, each.cause) for each in deliveries if each.entry.status is InboxStatus.PENDING]
        jobs = [(entry_id, job) for entry_id, cause in causes for job in self._route(WebhookStored(entry_id, cause))]
        return {"of": [entry_id for entry_id, _ in jobs], **rows_of([job for _, job in jobs])}


def _uuid(reference: str | None) -> UUID | None:
    try:
        return UUID(reference) if reference else None
    except ValueError:
        return None
