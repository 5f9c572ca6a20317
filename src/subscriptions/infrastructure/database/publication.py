"""Publication of webhook events by features, in the transaction of the event that causes them."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.feature_failures import named_call
from subscriptions.domain.entities.outgoing import WebhookEvent
from subscriptions.domain.ports.job_queue import Job

Publish = Callable[[AsyncConnection, Sequence[WebhookEvent], datetime], Awaitable[Sequence[Job]]]
"""Function that stores webhook events in the current transaction and returns the resulting jobs."""


def publish_by(loaded: Callable[[], Collection[str]]) -> Publish:
    """Return a function that stores webhook events by the loaded features, which declare `PUBLISHERS` in their module
    `repository`. An error is recorded with the feature's name and prevents the commit, since the event would be lost.
    """

    async def publish(
        connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime
    ) -> Sequence[Job]:
        jobs = list[Job]()
        for name, publishers in declared_by("repository", "PUBLISHERS").items():
            for store in publishers if name in loaded() else ():
                jobs.extend(await named_call(name, "webhook events", store)(connection, webhook_events, now))
        return jobs

    return publish
