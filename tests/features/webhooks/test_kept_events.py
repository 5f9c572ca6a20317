"""Webhook events that the feature failed to store are stored later, once, with the time at which they happened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from features.webhooks import repository
from features.webhooks.domain import OutgoingEndpoint
from features.webhooks.ports import ENDPOINTS_KEY
from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.domain.entities.outgoing import WebhookEvent
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import PaymentReceived
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database import publication
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import route_by_name, sql_unit
from tests.support.features import all_on
from tests.support.postgres import as_process

KEPT = f"SELECT payload FROM pgqueuer WHERE entrypoint = '{RouteEvent.name}'"
PATIENCE_S = 2.0
"""Time limit of the function, long enough for what it does on a busy machine."""
STORED = "SELECT count(*) FROM outgoing_events WHERE kind = 'payment.received'"


class Publisher:
    """Replacement of the feature's function that stores webhook events, which fails or hangs after storing them, as the
    test sets.
    """

    error: Exception | None = None
    is_slow = False
    waits_for_database = False

    async def __call__(
        self, connection: AsyncConnection, webhook_events: Sequence[WebhookEvent], now: datetime
    ) -> Sequence[Job]:
        jobs = await repository.publish(connection, webhook_events, now)
        if self.is_slow:
            await asyncio.Event().wait()
        if self.waits_for_database:
            await connection.execute(text("SELECT pg_sleep(60)"))
        if self.error is not None:
            raise self.error
        return jobs


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Publisher:
    planted = Publisher()
    declared = publication.declared_by("repository", "PUBLISHERS")
    monkeypatch.setattr(publication, "declared_by", lambda *_: {**declared, "webhooks": (planted,)})
    monkeypatch.setattr(publication, "PATIENCE_S", PATIENCE_S)
    return planted


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Yield a database engine with the worker's login, in a shop with one endpoint."""
    owner = create_engine(database_url)
    async with sql_unit(owner, route_by_name) as uow:
        crm = OutgoingEndpoint(
            id=new_uuid(), name="crm", url="https://crm.example.com/", secret="sealed", created_at=NOON
        )
        assert await uow.of(ENDPOINTS_KEY).add_if_new(crm)
        await uow.commit()
    await owner.dispose()
    engine = create_engine(as_process(database_url, "worker"))
    yield engine
    await engine.dispose()


@pytest.fixture
def worker(database_url: str, engine: AsyncEngine) -> WorkerContainer:
    settings = load(WorkerSettings, {"DATABASE_URL": database_url})
    core = CoreContainer(settings=settings, engine=engine, clock=ManualClock(), features=all_on())
    core.gateways.override(MemoryGateways({}))
    return WorkerContainer(core=core)


async def sell(database_url: str, worker: WorkerContainer) -> None:
    """Store a purchase as the tables' owner, and record its event as the worker."""
    owner = create_engine(database_url)
    async with sql_unit(owner, route_by_name) as uow:
        sale = await selling(uow)
        await uow.commit()
    await owner.dispose()
    core: Any = worker.core
    async with core.units()() as uow:
        uow.record(PaymentReceived(sale.payment.id, sale.subscription.id, sale.customer.id, is_renewal=False))
        await uow.commit()


async def value(engine: AsyncEngine, query: str) -> Any:
    async with engine.connect() as connection:
        return await connection.scalar(text(query))


@pytest.mark.parametrize("failure", ["error", "timeout"])
async def test_event_that_fails_to_be_stored_is_kept_and_stored_once_after_recovery(
    database_url: str, engine: AsyncEngine, worker: WorkerContainer, publisher: Publisher, failure: str
) -> None:
    publisher.error = ZeroDivisionError() if failure == "error" else None
    publisher.is_slow = failure == "timeout"
    await sell(database_url, worker)
    assert await value(engine, STORED) == 0
    kept = json.loads(await value(engine, KEPT))
    route = job_handlers(worker)[RouteEvent.name]

    publisher.is_slow, publisher.error = False, ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await route(kept)
    assert await value(engine, STORED) == 0

    publisher.error = None
    for _ in range(2):
        await route(kept)
    assert await value(engine, STORED) == 1
    assert await value(engine, "SELECT happened_at FROM outgoing_events") == NOON


async def test_event_stored_at_once_is_not_also_kept_for_later_storage(
    database_url: str, engine: AsyncEngine, worker: WorkerContainer, publisher: Publisher
) -> None:
    await sell(database_url, worker)
    assert await value(engine, STORED) == 1
    assert await value(engine, KEPT) is None


async def test_database_timeout_rolls_back_the_event_together_with_the_sale(
    database_url: str, engine: AsyncEngine, worker: WorkerContainer, publisher: Publisher
) -> None:
    publisher.waits_for_database = True
    with pytest.raises(RetryLater):
        await sell(database_url, worker)
    assert await value(engine, STORED) == 0
    assert await value(engine, KEPT) is None
