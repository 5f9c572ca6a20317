"""The command `umbral`: its overview, its errors and its imports."""

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

from tests.support.each_case import each_case
from umbral.cli import main
from umbral.cli.commands import COMMANDS, OF_FEATURES


def test_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)


def test_missing_command_is_a_usage_error() -> None:
    assert main([]) == 2


def test_unknown_command_lists_known_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wbe"]) == 2

    assert "web" in capsys.readouterr().err


def test_unreadable_env_file_is_reported_before_the_command_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["--env-file", str(tmp_path / "none.env"), "web"]) == 2

    assert "none.env" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["accounts", "jobs", "plans"])
def test_command_with_several_actions_runs_its_list_action_by_default(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nothing_set = tmp_path / "empty.env"
    nothing_set.write_text("DATABASE_URL=\n")

    assert main(["--env-file", str(nothing_set), name]) != 0

    assert "DATABASE_URL" in capsys.readouterr().err


def test_gateway_command_lists_gateways_without_a_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    nothing_set = tmp_path / "empty.env"
    nothing_set.write_text("DATABASE_URL=\n")

    assert main(["--env-file", str(nothing_set), "gateway"]) == 0

    assert "stripe     not configured" in capsys.readouterr().out


@each_case("name", COMMANDS)
def test_every_command_of_the_overview_has_a_module(name: str) -> None:
    assert find_spec(f"umbral.cli.{name.replace('-', '_')}") is not None or name in OF_FEATURES


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
def test_help_and_version_import_no_heavy_libraries(line: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys; from umbral.cli import main; main({line.split()}); print(set({heavy}) & set(sys.modules))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.endswith("set()\n")


def test_umbral_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0

    assert capsys.readouterr().out == f"umbral {version('umbral-access')}\n"


def test_help_lists_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])

    assert re.findall(r"^ +(\d+)  ", capsys.readouterr().out, re.MULTILINE) == ["0", "1", "2", "130"]


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"sandbox"}))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0

    assert f"Usage: umbral {name} " in capsys.readouterr().out


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
def test_invalid_arguments_are_refused_before_the_command_starts(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2

    assert "Error: " in capsys.readouterr().err


@pytest.mark.parametrize("words", ["jobs", "plans", "accounts", "accounts rekey", "migrate", "sweep", "why 1"])
def test_missing_settings_are_a_usage_error(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "DATABASE_MIGRATION_URL", "SESSION_KEY"):
        monkeypatch.delenv(name, raising=False)

    assert main(words.split()) == 2

    assert "settings to fix:\n  DATABASE_URL: missing" in capsys.readouterr().err


def test_missing_library_is_named_in_the_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for module in [name for name in sys.modules if name.split(".")[0] == "web" or name == "umbral.cli.web"]:
        monkeypatch.delitem(sys.modules, module)

    assert main(["web"]) == 1

    assert "pip install 'umbral-access[web]'" in capsys.readouterr().err


def test_interrupted_command_ends_with_status_130(tmp_path: Path) -> None:
    file = tmp_path / "pipe"
    os.mkfifo(file)
    words = [sys.executable, "-m", "umbral", "plans", "import", str(file)]
    env = {**os.environ, "DATABASE_URL": "postgresql://u@127.0.0.1:1/u"}
    with subprocess.Popen(words, stderr=subprocess.PIPE, env=env) as waits:
        # The opening of a pipe for writing blocks until a reader opens it, so the command is running from here on.
        with file.open("w"):
            # The signal is repeated until the command ends: if the pipe closed too early, a busy machine could go on
            # before it arrives.
            while waits.poll() is None:
                waits.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    waits.wait(timeout=20)
        _, said = waits.communicate()

    assert waits.returncode == 130, said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_printed(shell: str) -> None:
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
def test_completion_offers_commands_actions_options_and_values(line: str, offered: str) -> None:
    ran = completing("complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))

    assert ran.stdout.split() == [offered]


def completing(what: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as the shell does for completion."""
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
def test_refusal_of_an_out_of_range_number_names_its_option_or_argument(
    line: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2

    assert what in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_without_utf8_receives_every_line(encoding: str) -> None:
    environ = {**os.environ, "LANG": "es_ES.UTF-8", "PYTHONIOENCODING": encoding}
    ran = subprocess.run(
        [sys.executable, "-m", "umbral", "doctor"], env=environ, capture_output=True, check=False, timeout=60
    )

    assert b"Traceback" not in ran.stderr
    assert ran.stdout
