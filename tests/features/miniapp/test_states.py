"""`umbral miniapp` and unprocessed presses of the page, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json

import asyncpg

from features.miniapp.feature import FEATURE
from features.miniapp.settings import mini_app_key
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

NONE = {"FEATURES": "none"}
TOKEN = "123456:" + "a" * 30
PRESS = "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'bot.answer_press', '{}')"


async def state(terminal: Terminal) -> tuple[str, dict[str, int]]:
    """Return the feature's state and the numbers of its remaining rows, as `umbral features list` prints them."""
    ran = await terminal.run("features", "list", "--json")
    (found,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    return found["state"], found["left"]


async def test_command_is_refused_and_hidden_while_the_feature_is_off(
    database_url: str, fork_client: ForkClient
) -> None:
    settings = {"DATABASE_URL": database_url, "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": TOKEN}
    terminal, without = Terminal(settings, fork_client), Terminal({**settings, **NONE}, fork_client)

    assert (await terminal.run("miniapp")).out == f"{mini_app_key(TOKEN)}\n"
    refused = await without.run("miniapp")
    assert (refused.status, refused.err) == (1, "umbral miniapp: miniapp is off; run `umbral features on miniapp`\n")
    assert "miniapp" not in (await without.run("--help")).out


async def test_unprocessed_press_keeps_the_feature_draining(database_url: str, fork_client: ForkClient) -> None:
    without = Terminal({"DATABASE_URL": database_url, **NONE}, fork_client)
    assert await state(without) == ("off", {})

    connection = await asyncpg.connect(database_url)
    await connection.execute(PRESS)
    await connection.close()

    assert await state(without) == ("draining", {"jobs": 1})
