"""Publication of webhook events by features, in the transaction of the event that causes them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from subscriptions.application.dto.jobs import WEBHOOK_EVENTS, RouteEvent
from subscriptions.application.dto.rooms import declared_by, without_module
from subscriptions.application.feature_failures import LONGEST_WORK_S, PATIENCE_S, contained, named
from subscriptions.application.recovery.route_kept import RouteKeptEvent
from subscriptions.domain.entities.outgoing import WebhookEvent
from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database.errors import translate_errors
from subscriptions.infrastructure.jobs.queue import PgJobQueue

Publish = Callable[[AsyncConnection, Sequence[WebhookEvent], datetime], Awaitable[Sequence[Job]]]
"""Function that stores webhook events in the current transaction and returns the resulting jobs. Storing the same
events with the same time again changes nothing.
"""

_EVENTS: Final = TypeAdapter(list[WebhookEvent])


def publish_by(loaded: Callable[[], Collection[str]]) -> Publish:
    """Return a function with which the loaded features store webhook events. A feature declares its publishers as
    `PUBLISHERS` in its module `repository`.

    If a feature fails, its stored events are rolled back, the failure is reported, and the job `core.route_event`
    stores the events later; the change that caused the events is still committed. If a database statement times out,
    that change is rolled back too, because the database may be slow, and the caller must retry.
    """

    async def publish(
        connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime
    ) -> Sequence[Job]:
        jobs, names = list[Job](), loaded()
        for name in (each for each in declared_by("repository", "PUBLISHERS") if each in names):
            jobs += await _store(name, connection, webhook_events, now)
        return jobs + [_kept(name, webhook_events, now) for name in sorted(without_module("repository") & set(names))]

    return publish


async def _store(
    name: str, connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime
) -> Sequence[Job]:
    with contained(name, "webhook events", passes=(UmbralError,)):
        async with asyncio.timeout(PATIENCE_S):
            with translate_errors():
                async with connection.begin_nested():
                    return await _by_publishers(name, connection, webhook_events, now)
    return [_kept(name, webhook_events, now)]


async def _by_publishers(
    name: str, connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime
) -> Sequence[Job]:
    jobs = list[Job]()
    for store in declared_by("repository", "PUBLISHERS").get(name, ()):
        jobs.extend(await store(connection, webhook_events, now))
    return jobs


def _kept(name: str, webhook_events: Sequence[WebhookEvent], now: datetime) -> Job:
    facts = {"events": _EVENTS.dump_python(list(webhook_events), mode="json"), "at": now.isoformat()}
    return RouteEvent(feature=name, event=WEBHOOK_EVENTS, facts=facts).job()


def publish_kept_events(engine: AsyncEngine, loaded: Collection[str]) -> RouteKeptEvent:
    """Return the function that stores webhook events for a feature that failed to store them when they happened.
    loaded: names of the loaded features
    """

    async def route(kept: RouteEvent) -> None:
        if kept.feature not in loaded or kept.feature in without_module("repository"):
            raise Permanent(f"the feature {kept.feature} is off, or its module repository cannot be imported")
        events = _EVENTS.validate_python(kept.facts["events"])
        at = datetime.fromisoformat(kept.facts["at"])
        with translate_errors(), named(kept.feature, "webhook events"):
            async with asyncio.timeout(LONGEST_WORK_S), engine.begin() as connection:
                jobs = await _by_publishers(kept.feature, connection, events, at)
                await PgJobQueue(connection).enqueue_all(jobs)

    return route
