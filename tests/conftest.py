"""Databases for every test that asks: one server per test process, one fresh database per test."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.support.postgres import Server, database_name, in_own_thread, running_server


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL server for this test process."""
    with running_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Server) -> str:
    """The name of a database with all migrations applied; to be copied, never connected to."""
    url = postgres_server.create()
    if find_spec("subscriptions.bootstrap.migrate") is not None:
        migrate = importlib.import_module("subscriptions.bootstrap.migrate")
        in_own_thread(lambda: migrate.upgrade(url))
    return database_name(url)


@pytest.fixture
def database_url(postgres_server: Server, migrated_database: str) -> Iterator[str]:
    """`postgresql://…` of a database of this test's own, migrated and empty."""
    url = postgres_server.create(template=migrated_database)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def empty_database_url(postgres_server: Server) -> Iterator[str]:
    """`postgresql://…` of a database of this test's own without any table."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)
