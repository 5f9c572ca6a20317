"""Check that each command that needs the database reports an unreachable database in one sentence, with the setting
that contains its address.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from typer.main import get_command

from subscriptions.application.staff.command import SubjectKind
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.staff_commands import COMMANDS as STAFF_COMMANDS
from tests.support.of_features import removed_commands
from umbral.cli import main
from umbral.cli.commands import COMMANDS, app_of

AWAY: Final = "postgresql://umbral:hidden@127.0.0.1:1/umbral"
BACKUP: Final = "umbral-20261122T030000Z-0a1b2c3d.age"
WITHOUT: Final = {
    **dict.fromkeys(("web", "worker", "bot", "userbot"), "they wait for it: tests/e2e/test_outage.py"),
    **dict.fromkeys(("demo", "practice", "sandbox", "bench sweep"), "they bring one of their own"),
    "init": "asks for it, and says at once what is wrong there: tests/integration/test_init_wizard.py",
    **dict.fromkeys(
        ("gateway new", "new-feature", "plans schema", "kubernetes", "units", "miniapp", "secrets"),
        "they write files, and read settings alone",
    ),
    **dict.fromkeys(("mcp", "health"), "they ask another process, by its address"),
    "resources add": "asks Telegram first: tests/integration/bot/test_bundles.py",
    "resources replace": "the same",
    "import stripe": "asks Stripe first: tests/features/moving/test_import_command.py",
}
"""Commands that do not need the database of the settings, with the reason."""
STAFF_LINES: Final = {
    f"staff {name.replace('_', '-')}": " ".join(
        [
            *(["1"] if command.subject is not SubjectKind.SHOP else []),
            *(f"--{asked.name} 1" for asked in command.inputs),
        ]
    )
    for name, command in STAFF_COMMANDS.items()
}
GIVEN: Final = {
    **STAFF_LINES,
    "backup": "--to {folder}",
    "restore": "{folder}/" + BACKUP,
    "plans sync": "stripe",
    "plans price": "retabet stars 500XTR",
    "plans import": "{folder}/plans.yaml",
    "accounts login": "--phone +34600000000",
    "accounts retire": "1",
    "accounts label": "1 Principal",
    "accounts cap": "1 100",
    "jobs show": "1",
    "jobs requeue": "1",
    "jobs drop": "1",
    "receipts complete": "--from 2026-01-01",
    "receipts export": "--from 2026-01-01",
    "receipts quarter": "2026-1",
    "receipts oss": "2026-1",
    "keys add": "core --abilities customers",
    **dict.fromkeys(("features on", "features off"), next(iter(installed().features), "")),
    "keys confirm": "core",
    "keys revoke": "core",
    "import csv": "{folder}/people.csv",
    "webhooks add": "https://core.example/",
    **dict.fromkeys((f"webhooks {action}" for action in ("log", "rotate", "on", "replay", "remove")), "core"),
    "why": "1",
    "texts export": "{folder}/texts",
    "texts import": "{folder}",
    "person export": "1",
    "person erase": "1 --yes",
    "leak": "{folder}/leak.txt",
    "record publish": "{folder}/tips.csv",
    "record settle": "{folder}/results.csv",
}
"""Arguments of the commands that require arguments."""
SETTINGS: Final = {
    "DATABASE_URL": AWAY,
    "DATABASE_MIGRATION_URL": "",
    "SESSION_KEY": urlsafe_b64encode(bytes(32)).decode(),
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": "0" * 32,
    "PAYMENT_GATEWAYS": "stripe",
    "STRIPE_SECRET_KEY": "sk_test_away",
    "STRIPE_WEBHOOK_SECRET": "whsec_away",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
}


def _actions() -> Iterator[str]:
    for name in COMMANDS:
        # Exempt commands are not loaded, since the processes' modules are large.
        yield from [name] if name in WITHOUT else _below(name, get_command(app_of(name)))


def _below(words: str, command: Any) -> Iterator[str]:
    """Yield the full names of all commands in a group, or of the command itself if it is not a group."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words
    for name, each in (inner or {}).items():
        yield from _below(f"{words} {name}", each)


ACTIONS: Final = sorted(_actions())


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Restore logging, because commands write their log to the error output of this test, which is closed
    afterwards.
    """
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create the settings of a shop whose database is unreachable, and the files passed to commands. Return the
    folder.
    """
    backups = import_module("subscriptions.bootstrap.backups")
    for name, value in (SETTINGS | {"BACKUP_TO": str(tmp_path), "BACKUP_KEY": backups.new_key()}).items():
        monkeypatch.setenv(name, value)
    (tmp_path / BACKUP).write_bytes(b"sealed")
    (tmp_path / "plans.yaml").write_text("plans: []\n")
    (tmp_path / "people.csv").write_text("telegram_id,plan,until\n1,retabet,2099-01-01\n")
    (tmp_path / "tips.csv").write_text("plan,key,event,market,selection,odds,stake,starts_at\n")
    (tmp_path / "results.csv").write_text("key,result\n")
    (tmp_path / "es.toml").write_text('"buttons.plans" = "Planes"\n')
    (tmp_path / "leak.txt").write_text("Retabet: gana el local, cuota 1.85, stake 3 de 10, hasta las 20:45 de hoy.\n")
    return tmp_path


@pytest.mark.exhaustive
@pytest.mark.parametrize("action", [each for each in ACTIONS if each not in WITHOUT])
def test_unreachable_database_is_reported_in_one_sentence(
    action: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*action.split(), *(GIVEN.get(action, "").format(folder=folder).split())]

    assert main(words) == 1

    said = capsys.readouterr()
    # The findings of `doctor` are its output, not errors; it also names the database among the things checked.
    lines = (
        [line for line in said.out.splitlines() if "database" in line and not line.startswith("Checked: ")]
        if action == "doctor"
        else said.err.splitlines()
    )
    assert len(lines) == 1, said
    assert "the database cannot be reached" in lines[0]
    assert "DATABASE_URL" in lines[0]
    assert "Traceback" not in said.err + said.out
    assert "hidden" not in said.err + said.out


def test_test_data_for_unreachable_database_name_only_existing_commands() -> None:
    named = {action for action in (*WITHOUT, *GIVEN) if action.split()[0] not in removed_commands()}
    assert named <= set(ACTIONS)
    assert len(ACTIONS) > len(COMMANDS)
