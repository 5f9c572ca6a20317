"""Import while the feature is off: no row is imported, and codes sent before remain valid."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import asyncpg

from features.moving.feature import FEATURE
from subscriptions.bootstrap.job_handlers import handlers_of_features
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.infrastructure.clock import SystemClock
from tests.features.moving.test_import_command import connection
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

__all__ = ["connection"]

NONE = {"FEATURES": "none"}
ADOPT = "bot.adopt_invited"


async def handled(url: str, process: str = "bot", **settings: str) -> set[str]:
    """Return the names of the jobs that features add to a process."""
    environ = {
        "DATABASE_URL": url,
        "FEATURES": EVERY,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **settings,
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        return set(handlers_of_features(core, process))


async def state(terminal: Terminal) -> dict[str, object]:
    """Return the feature's row of `umbral features list`."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return dict(found)


async def test_feature_drains_until_the_codes_of_an_import_are_used(
    connection: asyncpg.Connection, database_url: str, fork_client: ForkClient, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": database_url, "PICK_MARK_KEY": "a key of sixteen"}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **NONE}, fork_client)
    file, until = tmp_path / "people.csv", SystemClock().now() + timedelta(days=20)
    file.write_text(f"key,telegram_id,name,plan,until\nm2,,Eva,retabet,{until:%Y-%m-%d}\n")
    refused = await without.run("import", "csv", str(file))
    assert await state(without) == {"name": "moving", "state": "off", "left": {}}
    assert await handled(database_url, **NONE) == set()
    assert (await terminal.run("import", "csv", str(file))).status == 0

    assert (refused.status, refused.err) == (1, "umbral import: moving is off; run `umbral features on moving`\n")
    assert await state(terminal) == {"name": "moving", "state": "on", "left": {}}
    assert await state(without) == {"name": "moving", "state": "draining", "left": {"unused codes": 1}}
    assert await handled(database_url, **NONE) == {ADOPT}
    assert await handled(database_url, "worker", **NONE) == set()
    for action in (("csv", str(file)), ("stripe",), ("members",)):
        ran = await without.run("import", *action)
        assert (ran.status, ran.err) == (refused.status, refused.err), action

    await connection.execute("UPDATE activation_tokens SET revoked_at = now(), revoked_by = 99")
    await connection.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', $1, '{}')", ADOPT
    )
    assert await state(without) == {"name": "moving", "state": "draining", "left": {"jobs": 1}}
    await connection.execute("DELETE FROM pgqueuer")
    assert await state(without) == {"name": "moving", "state": "off", "left": {}}
