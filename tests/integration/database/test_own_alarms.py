"""What the product does raises no alarm about rows that no use case wrote: every staff command, by the logins that run
it, and the worker's whole schedule.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo, StaffCommand
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.schedule import run_schedule
from subscriptions.bootstrap.settings import load
from subscriptions.bootstrap.settings.web import WorkerSettings
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.gateway import MemoryGateway, MemoryGateways
from tests.fakes.shop import Shop, database_shop
from tests.fakes.staff import Staff
from tests.support.features import EVERY
from tests.support.lived import lived
from tests.support.postgres import as_process
from tests.support.unexplained_rows import unexplained_rows
from tests.unit.application.staff.samples import SAMPLES
from tests.unit.application.staff.test_bad_input import ALL_COMMANDS, World
from tests.unit.application.staff.test_every_command import typed


@asynccontextmanager
async def shop_of(database_url: str, login: str | None = None) -> AsyncIterator[Shop]:
    """Yield a shop on the database, with the login of a process or, without one, that of the tables' owner."""
    engine = create_engine(as_process(database_url, login) if login else database_url)
    try:
        yield database_shop(engine)
    finally:
        await engine.dispose()


@pytest.mark.exhaustive
@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("login", ["console", "bot"])
async def test_rows_that_a_staff_command_writes_raise_no_alarm(
    database_url: str, login: str, command: type[StaffCommand]
) -> None:
    async with shop_of(database_url) as owners, shop_of(database_url, login) as shop:
        world = World(owners)
        about = (await world.fill())[command.subject]
        answers: Mapping[str, str]
        if command.name in SAMPLES:
            make, answers = SAMPLES[command.name]
            about = await make(world.bank.staff, world.bank.ana)
        else:
            answers = await typed(world, command, about)
        shop.clock, shop.gateways = owners.clock, owners.gateways
        with nullcontext() if command.name in SAMPLES else suppress(NothingToDo, InputsRefused):
            await Staff(shop).run(SHELL, command.name, about, answers, uuid4(), secret=bytes(16))
    assert await unexplained_rows(database_url) == []


async def age(database_url: str) -> None:
    """Move all stored times 400 days back, so that everything is due or may be pruned."""
    connection = await asyncpg.connect(database_url)
    columns = await connection.fetch(
        "SELECT table_name, array_agg(quote_ident(column_name)::text) AS names FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND is_generated = 'NEVER'"
        " AND table_name NOT LIKE 'alembic%' GROUP BY table_name"
    )
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table, names in columns:
            moved = ", ".join(f"{name} = {name} - interval '400 days'" for name in names)
            await connection.execute(f"UPDATE {table} SET {moved}")
    await connection.close()


async def waiting_jobs(database_url: str) -> list[asyncpg.Record]:
    """Take the core's waiting jobs from the queue."""
    connection = await asyncpg.connect(database_url)
    taken: list[asyncpg.Record] = await connection.fetch(
        "DELETE FROM pgqueuer WHERE entrypoint LIKE 'core.%' RETURNING entrypoint, payload"
    )
    await connection.close()
    return taken


async def test_rows_that_the_schedule_and_its_jobs_write_raise_no_alarm(database_url: str) -> None:
    async with shop_of(database_url) as owners:
        owners.clock.advance(datetime.now(UTC) - owners.clock.now())
        await World(owners).fill()
    owner = create_engine(database_url)
    await lived(owner)
    await owner.dispose()
    await age(database_url)
    settings = load(WorkerSettings, {"DATABASE_URL": as_process(database_url, "worker"), "FEATURES": EVERY})
    async with open_core(settings) as core:
        core.gateways.override(MemoryGateways({"acme": MemoryGateway(core.clock())}))
        worker, ran = WorkerContainer(core=core), 0
        handlers = job_handlers(worker)
        for _ in range(3):
            for work in vars(run_schedule(worker))["_schedule"]:
                for run in work.runs(worker).values():
                    await run()
            for name, payload in await waiting_jobs(database_url):
                ran += 1
                await handlers[name](json.loads(payload))
    assert ran
    assert await unexplained_rows(database_url) == []
