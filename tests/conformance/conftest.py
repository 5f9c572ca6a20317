"""A database for the conformance kit, one for all gateways of a test process."""

from __future__ import annotations

import pytest

from tests.support.postgres import Server


@pytest.fixture(scope="session")
def conformance_database(postgres_server: Server, migrated_database: str) -> str:
    """Return the URL of a migrated database that exists for the whole test run."""
    return postgres_server.create(template=migrated_database)
