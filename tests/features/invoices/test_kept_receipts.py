"""A receipt that the feature failed to process is processed later, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from features.invoices.use_cases.invoice_receipt import InvoiceReceipt
from subscriptions.application.dto.jobs import RouteEvent
from subscriptions.bootstrap import receipt_followers
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import route_by_name, sql_unit
from tests.support.features import all_on
from tests.support.postgres import as_process

WRITTEN = "SELECT count(*) FROM audit_log WHERE action = 'invoice.written'"
KEPT = f"SELECT payload FROM pgqueuer WHERE entrypoint = '{RouteEvent.name}'"


class Follower:
    """Replacement of the feature's function for new receipts, which fails or hangs after its first write, as the test
    sets.
    """

    error: Exception | None = None
    is_slow = False
    waits_for_database = False

    async def __call__(self, uow: UnitOfWork, receipt: Receipt) -> None:
        await uow.audit.record(
            actor="system", action="invoice.written", subject=str(receipt.id), reason="", at=NOON, facts={}
        )
        if self.is_slow:
            await asyncio.Event().wait()
        if self.waits_for_database:
            await uow._connection.execute(text("SELECT pg_sleep(60)"))  # type: ignore[attr-defined]
        if self.error is not None:
            raise self.error


@pytest.fixture
def follower(monkeypatch: pytest.MonkeyPatch) -> Follower:
    planted = Follower()

    async def follow(_: InvoiceReceipt, uow: UnitOfWork, receipt: Receipt) -> None:
        await planted(uow, receipt)

    monkeypatch.setattr(InvoiceReceipt, "__call__", follow)
    monkeypatch.setattr(receipt_followers, "PATIENCE_S", 0.2)
    return planted


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Yield a database engine with the worker's login."""
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
    """Store a purchase as the tables' owner, and issue its receipt as the worker."""
    owner = create_engine(database_url)
    core: Any = worker.core
    async with sql_unit(owner, route_by_name) as uow:
        sale = await selling(uow)
        await uow.commit()
    await owner.dispose()
    async with core.units()() as uow:
        await worker.issue_receipts().receipt(uow, sale.payment, sale.customer, "Plan", None, NOON)
        await uow.commit()


async def value(engine: AsyncEngine, query: str) -> Any:
    async with engine.connect() as connection:
        return await connection.scalar(text(query))


@pytest.mark.parametrize("failure", ["error", "timeout"])
async def test_receipt_event_is_stored_while_invoice_processing_fails_and_processed_once_it_works(
    database_url: str, engine: AsyncEngine, worker: WorkerContainer, follower: Follower, failure: str
) -> None:
    follower.error = ZeroDivisionError() if failure == "error" else None
    follower.is_slow = failure == "timeout"
    await sell(database_url, worker)
    assert await value(engine, "SELECT count(*) FROM receipts") == 1
    assert await value(engine, WRITTEN) == 0
    kept = json.loads(await value(engine, KEPT))
    route = job_handlers(worker)[RouteEvent.name]

    follower.is_slow, follower.error = False, ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await route(kept)
    assert await value(engine, WRITTEN) == 0

    follower.error = None
    await route(kept)
    assert await value(engine, WRITTEN) == 1


async def test_receipt_event_is_not_stored_if_invoice_processing_succeeds(
    database_url: str, engine: AsyncEngine, worker: WorkerContainer, follower: Follower
) -> None:
    await sell(database_url, worker)
    assert await value(engine, WRITTEN) == 1
    assert await value(engine, KEPT) is None


async def test_receipt_is_rolled_back_if_invoice_processing_waits_too_long_for_the_database(
    database_url: str, engine: AsyncEngine, worker: WorkerContainer, follower: Follower
) -> None:
    follower.waits_for_database = True
    with pytest.raises(RetryLater):
        await sell(database_url, worker)
    assert await value(engine, "SELECT count(*) FROM receipts") == 0
    assert await value(engine, KEPT) is None
