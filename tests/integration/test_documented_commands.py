"""Documented commands run as written. Commands that run for a long time, ask questions or need a separate machine are
tested elsewhere.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.support.api_client import NEEDS_API
from tests.support.fork_clients import ForkClient
from tests.support.of_features import removed_commands
from tests.support.operator_cli import Ran, Terminal
from tests.unit.umbral.test_site import DOCUMENTS, ROOT, calls

ITS_OWN: Final = {
    **dict.fromkeys(("web", "bot", "worker", "userbot"), "tests/e2e/test_demo.py"),
    "demo": "tests/integration/umbral/test_demo_folder.py",
    "practice": "tests/e2e/test_first_sale.py",
    "init": "tests/integration/test_init_wizard.py",
    "sandbox": "tests/chaos/world.py",
    "import": "tests/features/moving/test_import_command.py",
    "units": "tests/unit/umbral/test_units.py",
    "resources replace": "tests/integration/bot/test_bundles.py",
    "staff publish-tip": "tests/integration/test_staff_command.py",
    "secrets": "tests/integration/test_sealed_settings.py",
    "kubernetes": "tests/unit/deploy/test_kubernetes.py",
    "mcp": "tests/features/mcp/test_mcp.py",
    "bench": "tests/integration/test_bench.py",
    "restore": "tests/integration/test_backups.py",
    "backup": "tests/integration/test_backups.py",
    "migrate": "tests/integration/database/test_going_back.py",
    "webhooks": "tests/features/webhooks/test_webhook_commands.py",
    "gateway new": "tests/conformance/test_new_gateway.py",
    "accounts login": "tests/integration/userbot/test_login.py",
    "accounts rekey": "tests/integration/userbot/test_pool_commands.py",
    "leak": "tests/features/marks/test_leak_command.py",
    "health": "tests/unit/deploy/test_health.py",
    "texts": "tests/integration/test_texts_command.py",
    "resources add": "tests/unit/application/resources/test_add_resource.py",
    "new-feature": "tests/features/test_new_feature.py",
}
"""Commands that are tested elsewhere, with the file of the test."""
INSTEAD: Final = {
    "ID": "1",
    "TELEGRAM_ID": "1",
    "NAME": "core-2026-11",
    "PLAN": "retabet",
    "METHOD": "stars",
    "DAY": "2026-03-01",
    "TEXT": "Principal",
    "CHANNELS": "100",
    "N": "5",
}
AT_ONCE: Final = 4


def documented() -> list[str]:
    """Return each documented call once, with its placeholders filled in."""
    found = set()
    for path in DOCUMENTS:
        if path.name == "CHANGELOG.md" or "adr" in path.parts:
            continue
        for call in calls(path.read_text(encoding="utf-8")):
            line = re.split(r" [|>] ", " ".join(f"{word} " for word in call))[0]
            words = [word.strip("[]") for word in line.split()]
            if len(words) > 1 and not words[0].startswith("-") and not _elsewhere(words):
                found.add(shlex.join(INSTEAD.get(word, word) for word in words))
    return sorted(found)


def _elsewhere(words: list[str]) -> bool:
    return words[0] in ITS_OWN or words[0] in removed_commands() or " ".join(words[:2]) in ITS_OWN


@NEEDS_API
async def test_documented_commands_run_without_a_usage_error(database_url: str, fork_client: ForkClient) -> None:
    terminal = Terminal({"DATABASE_URL": database_url, "PAYMENT_GATEWAYS": "stripe"}, fork_client)
    turn = asyncio.Semaphore(AT_ONCE)

    async def ran(line: str) -> tuple[str, Ran]:
        async with turn:
            return line, await terminal.run(*shlex.split(line))

    made = await terminal.run("keys", "add", "core-2026-11")
    assert made.status == 0, made.err
    answers = await asyncio.gather(*(ran(line) for line in documented()))

    # The named objects do not exist in an empty database: the command says so in a sentence, and this is no usage
    # error. A command that is written without its required argument is not meant to be typed.
    assert len(answers) > 15
    assert not [
        (line, answer.status, answer.err)
        for line, answer in answers
        if "Traceback" in answer.err or (answer.status not in {0, 1} and "Missing argument" not in answer.err)
    ]


@pytest.mark.parametrize("command", sorted(ITS_OWN.keys() - removed_commands()))
def test_test_file_of_an_excluded_command_mentions_that_command(command: str) -> None:
    where = Path(ROOT / ITS_OWN[command])

    assert re.search(rf"\b{command.rsplit(maxsplit=1)[-1]}\b", where.read_text(encoding="utf-8"))
