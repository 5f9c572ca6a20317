"""The console script: what it lists, refuses and imports."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from umbral.cli import main
from umbral.cli.commands import COMMANDS


def test_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)


def test_no_command_is_misuse() -> None:
    assert main([]) == 2


def test_unknown_command_is_answered_with_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wbe"]) == 2

    assert "web" in capsys.readouterr().err


def test_unreadable_env_file_stops_before_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--env-file", str(tmp_path / "none.env"), "web"]) == 2

    assert "none.env" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["accounts", "gateway", "jobs", "plans"])
def test_a_command_of_several_actions_lists_unless_told_otherwise(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nothing_set = tmp_path / "empty.env"
    nothing_set.write_text("DATABASE_URL=\n")

    assert main(["--env-file", str(nothing_set), name]) != 0

    assert "DATABASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_has_a_module(name: str) -> None:
    assert find_spec(f"umbral.cli.{name}") is not None


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    heavy = "{'aiogram', 'telethon', 'fastapi', 'stripe', 'sqlalchemy', 'sandbox', 'subscriptions'}"
    code = f"import sys; from umbral.cli import main; main(['--help']); print({heavy} & set(sys.modules))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.endswith("set()\n")
