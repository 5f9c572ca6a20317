"""Imports of a feature that is off: only the modules for its stored rows, without its chat, pages and jobs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from subscriptions.application.dto.rooms import feature_folders
from tests.integration.features.conftest import Shop
from tests.support.website import ENVIRON
from umbral.demo.fork_client import ForkClient

KEY = "0123456789abcdef0123456789abcdef"
SETTINGS = {
    **ENVIRON,
    "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": KEY,
    "SESSION_KEY": KEY,
}
OF_PROCESSES = frozenset(
    {"adapters", "chat", "cli", "entry_screens", "entry_steps", "handlers", "schedule", "screens", "userbot", "web"}
)
"""Modules that a feature adds to processes while it is on or draining."""
WITHIN_S = 120.0


COMPOSE = f"""
import sys
sys.path.append({str(Path(__file__).parents[3])!r})
from tests.support.composition import run
run("%s")
"""


async def imported(process: str, shop: Shop, features: str, shared_modules: ForkClient) -> Sequence[str]:
    """Return the feature modules imported by a process, without their common prefix."""
    environ = {"PATH": os.environ["PATH"], **SETTINGS, "DATABASE_URL": shop.url, "FEATURES": features}
    modules = await asyncio.to_thread(composed, process, environ, shared_modules)
    return [each.removeprefix("features.") for each in modules]


def composed(process: str, environ: Mapping[str, str], shared_modules: ForkClient) -> Sequence[str]:
    """Compose a process, which is forked, as in a demo, from one that has loaded the modules that all processes share.
    Return the modules of features that it has imported.
    """
    with NamedTemporaryFile() as output:
        log = Path(output.name)
        composing = shared_modules.start([sys.executable, "-c", COMPOSE % process], log=log, env=environ)
        assert composing.wait(WITHIN_S) == 0, log.read_text()
        printed: Mapping[str, Sequence[str]] = json.loads(log.read_text().splitlines()[-1])
    return printed["modules"]


@pytest.mark.parametrize("process", ["bot", "userbot", "web", "worker"])
async def test_processes_import_no_interface_modules_while_all_features_are_off(
    process: str, shop: Shop, shared_modules: ForkClient
) -> None:
    found = await imported(process, shop, "none", shared_modules)

    assert {each for each in found if "." not in each} == {each.rpartition(".")[2] for each in feature_folders()}
    assert [each for each in found if OF_PROCESSES.intersection(each.split(".")[1:])] == []


async def test_bot_imports_the_chat_module_of_the_feature_that_is_on_only(
    shop: Shop, shared_modules: ForkClient
) -> None:
    found = await imported("bot", shop, "support", shared_modules)

    assert {each.split(".")[0] for each in found if each.endswith(".chat")} == {"support"}
