"""Connections to servers with and without TLS, according to the parameters of the address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from subscriptions.bootstrap import doctor
from subscriptions.bootstrap.checks.database import ask_database
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.migrate import current
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.backup_keeper import BackupFailed
from subscriptions.infrastructure.backups.databases import connect, revision
from subscriptions.infrastructure.database.engine import create_engine
from subscriptions.infrastructure.database.errors import DatabaseUnavailable, explain_errors
from subscriptions.infrastructure.jobs.connection import queue_pool
from tests.support.tls_front import tls_front, write_certificate


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Create a self-signed server certificate."""
    return write_certificate(tmp_path)


@pytest.fixture
async def by_tls(database_url: str, certificate: Path) -> AsyncIterator[str]:
    """Run a server that requires TLS, and yield its address."""
    async with tls_front(database_url, certificate) as url:
        yield url


async def _connects(url: str) -> bool:
    engine = create_engine(url, pool_size=1)
    try:
        with explain_errors():
            async with engine.connect() as connection:
                return bool(await connection.scalar(text("SELECT true")))
    finally:
        await engine.dispose()


@pytest.mark.parametrize("asked", ["", "?sslmode=require", "?ssl=true", "?sslmode=no-verify", "?sslmode=prefer"])
async def test_server_with_tls_is_reached(by_tls: str, asked: str) -> None:
    assert await _connects(f"{by_tls}{asked}")


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
async def test_server_with_a_trusted_certificate_is_reached_by_every_component(
    by_tls: str, certificate: Path, mode: str
) -> None:
    url = f"{by_tls}?sslmode={mode}&sslrootcert={certificate}&connect_timeout=20&application_name=x&keepalives=1"
    assert await _connects(url)
    async with connect(url) as connection:
        assert await revision(connection)
    async with queue_pool(url) as pool:
        assert await pool.fetchval("SELECT true")


@pytest.mark.parametrize("asked", ["sslmode=verify-full", "sslmode=require&channel_binding=require"])
async def test_server_with_an_untrusted_certificate_is_refused_with_the_remedy(by_tls: str, asked: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"not proved by its certificate .* sslrootcert=FILE"):
        await _connects(f"{by_tls}?{asked}")


@pytest.mark.parametrize("asked", ["sslmode=require", "sslmode=verify-full", "ssl=true"])
async def test_server_without_tls_is_reported(database_url: str, asked: str) -> None:
    url = f"{database_url}?{asked}"
    with pytest.raises(DatabaseUnavailable, match="offers no TLS"):
        await _connects(url)
    problem = await ask_database(url)
    assert isinstance(problem, Problem)
    assert "offers no TLS" in str(problem.facts["detail"])
    with pytest.raises(BackupFailed, match="offers no TLS"):
        async with connect(url):
            pass


async def test_unknown_server_options_in_a_database_address_are_refused(database_url: str) -> None:
    assert await _connects(f"{database_url}?options=-c%20statement_timeout%3D5s")
    with pytest.raises(InvalidInput, match="options"):
        await _connects(f"{database_url}?options=-c%20endpoint%3Dep-a")


def test_parameters_of_prisma_are_ignored_and_named_by_doctor(database_url: str) -> None:
    url = f"{database_url}?pgbouncer=true&connection_limit=5&schema=public"
    (line,) = doctor.report_of_addresses({"DATABASE_URL": url})
    assert line.startswith("DATABASE_URL: the address says connection_limit, pgbouncer, schema")
    assert doctor.report_of_addresses({"WEB_DATABASE_URL": database_url}) == []


def test_doctor_names_every_refused_database_address(database_url: str) -> None:
    environ = {"DATABASE_URL": database_url, "DATABASE_DIRECT_URL": f"{database_url}?sslmode=verify-ca"}
    assert any(line.startswith("DATABASE_DIRECT_URL: says sslmode=verify-ca") for line in doctor.report(environ))


async def test_migrations_reach_a_server_with_tls(by_tls: str, certificate: Path) -> None:
    assert await current(f"{by_tls}?sslmode=verify-full&sslrootcert={certificate}")


async def test_client_certificate_is_accepted_by_the_server(by_tls: str, certificate: Path) -> None:
    assert await _connects(f"{by_tls}?sslmode=require&sslcert={certificate}&sslkey={certificate}")
