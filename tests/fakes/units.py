"""Fixtures that run the same tests with in-memory and with PostgreSQL units of work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.bootstrap.repositories import REPOSITORIES
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.unit_of_work import Route, SqlUnitOfWork
from tests.fakes.memory import Memory
from tests.fakes.unit_of_work import MemoryUnitOfWork


def route_by_name(event: DomainEvent) -> Sequence[Job]:
    """Return one job for each event, named after the event."""
    return [Job(name=f"test.{type(event).__name__}", payload={"v": 1})]


def sql_unit(engine: AsyncEngine, route: Route, **options: Any) -> SqlUnitOfWork:
    """Open a unit of work with the repositories of every feature."""
    return SqlUnitOfWork(engine, route, repositories=REPOSITORIES, **options)


@dataclass
class Units:
    """Factory of units of work, with the committed jobs. engine: database engine; None in memory."""

    open: Callable[[], UnitOfWork]
    engine: AsyncEngine | None = None
    memory: Memory = field(default_factory=Memory)

    def __call__(self) -> UnitOfWork:
        """Open a unit of work."""
        return self.open()

    async def job_names(self) -> list[str]:
        """Return the names of the committed jobs, in order."""
        if self.engine is None:
            return [job.name for job in self.memory.jobs]
        async with self.engine.connect() as connection:
            return list((await connection.execute(text("SELECT entrypoint FROM pgqueuer ORDER BY id"))).scalars())


@pytest.fixture(params=["memory", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """Return the URL of a database, or None for in-memory units of work."""
    return request.getfixturevalue("database_url") if request.param == "postgresql" else None


@pytest.fixture
async def units(database: str | None) -> AsyncIterator[Units]:
    """Build the factory of in-memory or PostgreSQL units of work."""
    if database is None:
        memory = Memory()
        yield Units(lambda: MemoryUnitOfWork(memory, route_by_name), memory=memory)
        return
    engine = create_engine(database)
    yield Units(lambda: sql_unit(engine, route_by_name), engine=engine)
    await engine.dispose()
