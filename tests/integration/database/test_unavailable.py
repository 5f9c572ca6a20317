"""Check that an unavailable, slow or conflicting database causes a retry, and that no error contains a secret."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from subscriptions.domain.entities import variable
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ports.job_queue import Job
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.errors import ConflictingWrite, DatabaseUnavailable, translate_errors
from subscriptions.infrastructure.database.leases import Leases
from subscriptions.infrastructure.jobs.decision import LONGEST_RETRY, Retry, decide
from tests.fakes import samples
from tests.fakes.units import Units, sql_unit


def nowhere(event: DomainEvent) -> list[Job]:
    return []


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_missing_database_server_is_reported_as_unavailable() -> None:
    engine = create_engine(f"postgresql://somebody:hunter2@127.0.0.1:{closed_port()}/umbral")
    with pytest.raises(DatabaseUnavailable) as refused:
        async with sql_unit(engine, nowhere):
            pass
    assert "hunter2" not in str(refused.value)
    with pytest.raises(RetryLater):
        await Leases(engine).acquire("clock", "a", timedelta(minutes=1))
    await engine.dispose()


async def test_lost_connection_within_a_unit_of_work_is_reported_as_unavailable(
    units: Units, database_url: str
) -> None:
    killer = create_engine(database_url)
    with pytest.raises(DatabaseUnavailable):
        await _cut_and_go_on(units, killer)
    await killer.dispose()
    async with units() as uow:
        assert await uow.variables.get(variable.text("x")) is None


async def _cut_and_go_on(units: Units, killer: AsyncEngine) -> None:
    async with units() as uow:
        await uow.variables.set(variable.text("x"), "1")
        await _cut(killer)
        await uow.variables.set(variable.text("x"), "2")


async def test_lost_connection_at_the_commit_is_reported_as_unavailable(units: Units, database_url: str) -> None:
    killer = create_engine(database_url)
    with pytest.raises(DatabaseUnavailable):
        await _write_and_be_cut(units, killer)
    await killer.dispose()


async def _write_and_be_cut(units: Units, killer: AsyncEngine) -> None:
    async with units() as uow:
        await uow.variables.set(variable.text("x"), "1")
        await _cut(killer)


async def _cut(killer: AsyncEngine) -> None:
    async with killer.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


async def test_violated_constraint_is_named_in_the_error(units: Units) -> None:
    plan = samples.plan()
    async with units() as uow:
        await uow.plans.save(plan)
        await uow.commit()
    with pytest.raises(ConflictingWrite) as refused:
        async with units() as uow:
            await uow.plans.save(samples.plan(soft_id=plan.soft_id))
    assert refused.value.constraint == "one_plan_per_soft_id"


async def test_programming_error_is_not_wrapped(units: Units) -> None:
    assert units.engine is not None
    with pytest.raises(ProgrammingError):
        async with units.engine.connect() as connection:
            await connection.execute(text("SELECT * FROM no_such_table"))


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ("53000", "database_limit"),
        ("53100", "database_disk_full"),
        ("53200", "database_memory"),
        ("53300", "database_connections"),
        ("53400", "database_limit"),
        ("57014", "database_slow"),
        ("58000", "database_files"),
        ("58030", "database_files"),
        ("58P01", "database_files"),
        ("25P03", None),
        ("40003", None),
        ("57P05", None),
        ("72000", None),
    ],
)
async def test_shortage_of_database_server_resources_is_retried_and_its_kind_is_named(
    units: Units, state: str, trouble: str | None
) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        await _raised_by_the_server(units, state)
    assert refused.value.trouble == trouble
    assert decide(refused.value, 10_000) == Retry(LONGEST_RETRY)


async def _raised_by_the_server(units: Units, state: str) -> None:
    assert units.engine is not None
    with translate_errors():
        async with units.engine.connect() as connection:
            await connection.execute(text(f"DO $$ BEGIN RAISE 'it is so' USING ERRCODE = '{state}'; END $$"))


async def test_database_error_text_contains_no_values(units: Units) -> None:
    assert units.engine is not None
    async with units.engine.connect() as connection:
        with pytest.raises(Exception, match="no_such_table") as failed:
            await connection.execute(text("SELECT * FROM no_such_table WHERE a = :a"), {"a": "Ana's own words"})
    assert "Ana's own words" not in str(failed.value)
