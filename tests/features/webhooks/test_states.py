"""Webhooks at the command line, in jobs, lists and the API's description, in each state of the feature (on, draining,
off).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
from cryptography.fernet import Fernet

from features.webhooks.feature import FEATURE
from subscriptions.bootstrap.job_handlers import handlers_of_features
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.events import OrderExpired
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

NONE = {"FEATURES": "none"}
SEND = "core.tell_receiver"
ADD = ("webhooks", "add", "https://n8n.example.com/hook", "--name", "n8n")
OFF = "umbral webhooks: webhooks is off; run `umbral features on webhooks`\n"


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


async def handled(url: str, **settings: str) -> set[str]:
    """Return the names of the feature's jobs that the worker handles."""
    environ = {"DATABASE_URL": url, "FEATURES": EVERY, **settings}
    async with open_core(load(CoreSettings, environ), environ=environ) as core:
        return set(handlers_of_features(core, "worker")) & FEATURE.jobs


async def abandon(units: Units, url: str, **settings: str) -> None:
    """Record an expired checkout in a process with these settings."""
    async with units() as uow:
        sold = await selling(uow)
        await uow.commit()
    environ = {"DATABASE_URL": url, "FEATURES": EVERY, **settings}
    async with open_core(load(CoreSettings, environ), environ=environ) as core, core.units()() as uow:
        uow.record(OrderExpired(sold.order.id, sold.customer.id, NOON))
        await uow.commit()


async def test_enabled_endpoint_still_gets_events_while_the_feature_is_draining(
    units: Units, connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url, "WEBHOOK_KEY": Fernet.generate_key().decode()}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **NONE}, fork_client)

    refused = await without.run(*ADD)
    assert (refused.status, refused.err) == (1, OFF)
    assert await state(without) == ("off", {})
    assert await handled(database_url, **NONE) == set()
    await abandon(units, database_url)
    assert await connection.fetchval("SELECT count(*) FROM outgoing_events") == 0

    assert (await terminal.run(*ADD)).status == 0
    assert await state(terminal) == ("on", {})
    assert await state(without) == ("draining", {"enabled endpoints": 1})
    assert await handled(database_url, **NONE) == {SEND}
    another = await without.run("webhooks", "add", "https://crm.example.com/hook")
    assert (another.status, "umbral features on webhooks" in another.err) == (1, True)
    await abandon(units, database_url, **NONE)
    assert await connection.fetchval("SELECT array_agg(kind) FROM outgoing_events") == ["checkout.abandoned"]
    assert "checkout.abandoned" in (await without.run("webhooks", "log", "n8n")).out

    await connection.execute("DELETE FROM due_jobs; DELETE FROM pgqueuer")
    assert (await without.run("webhooks", "remove", "n8n")).status == 0
    assert await state(without) == ("off", {})


async def test_disabled_endpoint_receives_no_event_while_the_feature_is_off(
    units: Units, connection: asyncpg.Connection, database_url: str, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url, "WEBHOOK_KEY": Fernet.generate_key().decode()}
    assert (await Terminal(settings, fork_client).run(*ADD)).status == 0
    await connection.execute("UPDATE receivers SET off_since = now(), off_reason = 'failing'")

    assert await state(Terminal({**settings, **NONE}, fork_client)) == ("off", {})
    await abandon(units, database_url, **NONE)
    assert await connection.fetchval("SELECT count(*) FROM outgoing_events") == 0
