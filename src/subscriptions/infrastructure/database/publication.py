"""Publication of webhook events by features, in the transaction of the event that causes them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import PATIENCE_S, contained
from subscriptions.domain.entities.outgoing import WebhookEvent
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database.errors import translate_errors

Publish = Callable[[AsyncConnection, Sequence[WebhookEvent], datetime], Awaitable[Sequence[Job]]]
"""Function that stores webhook events in the current transaction and returns the resulting jobs."""


def publish_by(loaded: Callable[[], Collection[str]]) -> Publish:
    """Return a function that stores webhook events by the loaded features, which declare `PUBLISHERS` in their module
    `repository`.

    If a feature fails, its stored events are rolled back and the failure is reported; the change that caused the events
    is still committed. A timeout rolls back that change too, so that the job is repeated, because the cause may be a
    slow database.
    """

    async def publish(
        connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime
    ) -> Sequence[Job]:
        jobs = list[Job]()
        for name, publishers in declared_by("repository", "PUBLISHERS").items():
            for store in publishers if name in loaded() else ():
                with contained(name, "webhook events", passes=(UmbralError, TimeoutError)), translate_errors():
                    async with asyncio.timeout(PATIENCE_S), connection.begin_nested():
                        jobs.extend(await store(connection, webhook_events, now))
        return jobs

    return publish
