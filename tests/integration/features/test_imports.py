"""Imports of a feature that is off: only the modules for its stored rows, without its chat, pages and jobs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence

import pytest

from subscriptions.application.dto.rooms import feature_folders
from tests.integration.features.conftest import Shop
from tests.support.website import ENVIRON

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


async def imported(process: str, shop: Shop, features: str) -> Sequence[str]:
    """Return the feature modules imported by a process, without their common prefix."""
    environ = {"PATH": os.environ["PATH"], **SETTINGS, "DATABASE_URL": shop.url, "FEATURES": features}
    composing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.composition", process, env=environ, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await composing.communicate()
    assert composing.returncode == 0
    composed: Mapping[str, Sequence[str]] = json.loads(out.splitlines()[-1])
    return [each.removeprefix("features.") for each in composed["modules"]]


@pytest.mark.parametrize("process", ["bot", "userbot", "web", "worker"])
async def test_processes_import_no_interface_modules_while_all_features_are_off(process: str, shop: Shop) -> None:
    found = await imported(process, shop, "none")

    assert {each for each in found if "." not in each} == {each.rpartition(".")[2] for each in feature_folders()}
    assert [each for each in found if OF_PROCESSES.intersection(each.split(".")[1:])] == []


async def test_bot_imports_the_chat_module_of_the_feature_that_is_on_only(shop: Shop) -> None:
    found = await imported("bot", shop, "support")

    assert {each.split(".")[0] for each in found if each.endswith(".chat")} == {"support"}
