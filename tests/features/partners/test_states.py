"""Partners at the command line and in jobs, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from features.partners.feature import FEATURE
from subscriptions.bootstrap.job_handlers import handlers_of_features
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from tests.fakes.selling import selling
from tests.fakes.units import Units
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

NONE = {"FEATURES": "none"}
COMMISSION_JOB = "core.settle_commission"
ANSWERS = ("--code", "SOCIA", "--commission", "20 %", "--when", "each")


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def handled(url: str, process: str, **settings: str) -> set[str]:
    """Return the names of the jobs that features add to a process."""
    environ = {"DATABASE_URL": url, "FEATURES": EVERY, **settings}
    async with open_core(load(CoreSettings, environ), environ=environ) as core:
        return set(handlers_of_features(core, process)) & FEATURE.jobs


async def state(terminal: Terminal) -> dict[str, object]:
    """Return the feature's row of `umbral features list`."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return dict(found)


async def test_feature_drains_while_a_partner_account_is_active(
    units: Units, connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    async with units() as uow:
        sold = await selling(uow)
        await uow.commit()
    who, settings = str(sold.customer.telegram_id), {"DATABASE_URL": database_url}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **NONE}, fork_client)

    refused = await without.run("staff", "add-partner", who, *ANSWERS)
    assert (refused.status, refused.err) == (1, "umbral staff: partners is off; run `umbral features on partners`\n")
    assert await state(without) == {"name": "partners", "state": "off", "left": {}}
    assert await handled(database_url, "worker", **NONE) == set()
    assert await handled(database_url, "worker") == {COMMISSION_JOB}

    assert (await terminal.run("staff", "add-partner", who, *ANSWERS)).status == 0
    assert await state(without) == {"name": "partners", "state": "draining", "left": {"partner accounts": 1}}
    assert await handled(database_url, "worker", **NONE) == {COMMISSION_JOB}
    again = await without.run("staff", "add-partner", who, *ANSWERS)
    assert (again.status, again.err) == (refused.status, refused.err)

    assert (await without.run("staff", "end-partner", "SOCIA")).status == 0
    assert await state(without) == {"name": "partners", "state": "off", "left": {}}
    await connection.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', $1, '{}')", COMMISSION_JOB
    )
    assert await state(without) == {"name": "partners", "state": "draining", "left": {"jobs": 1}}


async def test_help_lists_staff_commands_only_while_the_feature_is_loaded(
    database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)

    shown, hidden = await terminal.run("staff", "--help"), await terminal.run("staff", "--help", **NONE)

    assert "add-partner" in shown.out
    assert "add-partner" not in hidden.out
    assert "suspend" in hidden.out
