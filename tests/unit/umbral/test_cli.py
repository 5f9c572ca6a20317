"""The console script: what it lists, refuses and imports."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from umbral.cli import main
from umbral.cli.commands import COMMANDS, OF_FEATURES


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


@pytest.mark.parametrize("name", ["accounts", "jobs", "plans"])
def test_a_command_of_several_actions_lists_unless_told_otherwise(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nothing_set = tmp_path / "empty.env"
    nothing_set.write_text("DATABASE_URL=\n")

    assert main(["--env-file", str(nothing_set), name]) != 0

    assert "DATABASE_URL" in capsys.readouterr().err


def test_who_writes_a_gateway_sees_what_is_installed_without_a_database(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nothing_set = tmp_path / "empty.env"
    nothing_set.write_text("DATABASE_URL=\n")

    assert main(["--env-file", str(nothing_set), "gateway"]) == 0

    assert "stripe     not configured" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_has_a_module(name: str) -> None:
    assert find_spec(f"umbral.cli.{name}") is not None or name in OF_FEATURES


HEAVY = ("aiogram", "telethon", "fastapi", "stripe", "sqlalchemy", "umbral_sandbox", "resvg_py", "rich")
OVERVIEW = (*HEAVY, "subscriptions.infrastructure", "subscriptions.bootstrap.core", "pydantic")


@pytest.mark.parametrize(
    ("line", "heavy"),
    [
        ("--help", OVERVIEW),
        ("--version", OVERVIEW),
        ("jobs --help", HEAVY),
        ("accounts login --help", HEAVY),
        ("plans sync --help", HEAVY),
    ],
)
def test_nothing_is_imported_before_it_is_asked_for(line: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys; from umbral.cli import main; main({line.split()}); print(set({heavy}) & set(sys.modules))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.endswith("set()\n")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0

    assert capsys.readouterr().out == f"umbral {version('umbral-access')}\n"


def test_the_help_says_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])

    assert re.findall(r"^ +(\d+)  ", capsys.readouterr().out, re.MULTILINE) == ["0", "1", "2", "130"]


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"sandbox"}))
def test_every_command_says_more(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0

    assert f"Usage: umbral {name} " in capsys.readouterr().out


def test_the_help_of_an_act_has_no_markup_of_the_chat(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staff", "publish-tip", "--help"]) == 0

    shown = capsys.readouterr().out
    assert "Betis" in shown
    assert "<b>" not in shown


@pytest.mark.parametrize(
    "words",
    [
        ["jobs", "fetch"],
        ["jobs", "show"],
        ["jobs", "list", "--state", "done"],
        ["receipts"],
        ["why", "Ana"],
        ["receipts", "export", "--from", "1.1.2026"],
        ["sweep", "--json"],
        ["web", "--prot", "1"],
    ],
    ids=" ".join,
)
def test_misuse_is_told_before_anything_is_begun(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2

    assert "Error: " in capsys.readouterr().err


@pytest.mark.parametrize("words", ["jobs", "plans", "accounts", "accounts rekey", "migrate", "sweep", "why 1"])
def test_settings_to_mend_are_no_failure(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "DATABASE_MIGRATION_URL", "SESSION_KEY"):
        monkeypatch.delenv(name, raising=False)

    assert main(words.split()) == 2

    assert "settings to mend:\n  DATABASE_URL: missing" in capsys.readouterr().err


def test_a_library_that_is_not_installed_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for module in [name for name in sys.modules if name.split(".")[0] == "web" or name == "umbral.cli.web"]:
        monkeypatch.delitem(sys.modules, module)

    assert main(["web"]) == 1

    assert "pip install 'umbral-access[web]'" in capsys.readouterr().err


def test_interrupted(tmp_path: Path) -> None:
    file = tmp_path / "pipe"
    os.mkfifo(file)
    words = [sys.executable, "-m", "umbral", "plans", "import", str(file)]
    env = {**os.environ, "DATABASE_URL": "postgresql://u@127.0.0.1:1/u"}
    with subprocess.Popen(words, stderr=subprocess.PIPE, env=env) as waits:
        # Whoever opens a pipe waits until somebody reads it: then the command is at its work.
        with file.open("w"):
            # Pressed until it ends: closed too early, the pipe lets a busy machine go on before it hears.
            while waits.poll() is None:
                waits.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    waits.wait(timeout=0.5)
        _, said = waits.communicate()

    assert waits.returncode == 130, said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(shell: str) -> None:
    ran = completing(f"source_{shell}")

    assert "_UMBRAL_COMPLETE" in ran.stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("umbral j", "jobs"),
        ("umbral jobs re", "requeue"),
        ("umbral --env-file F jobs list --st", "--state"),
        ("umbral jobs list --state q", "queued"),
    ],
)
def test_completion_knows_commands_actions_options_and_values(line: str, offered: str) -> None:
    ran = completing("complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))

    assert ran.stdout.split() == [offered]


def completing(what: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What the shell would ask."""
    words = [sys.executable, "-c", "from umbral.cli import main; main([])"]
    env = {**os.environ, "_UMBRAL_COMPLETE": what, **more}
    return subprocess.run(words, capture_output=True, text=True, check=True, env=env)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("staff note 1 --note x --operation twice", "--operation"),
        (f"person export {2**70}", "TELEGRAM_ID"),
        (f"why {2**70}", "TELEGRAM_ID"),
        (f"reconcile --customer {2**70}", "--customer"),
        (f"jobs show {2**70}", "ID"),
        (f"accounts retire {2**70}", "ID"),
        (f"accounts cap 1 {2**70}", "CHANNELS"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_its_name(
    line: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2

    assert what in capsys.readouterr().err.splitlines()[-1]
