"""Files that the demo stores in its folder, and files that the demo does not change."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from umbral.cli import main
from umbral.cli.demo import setting
from umbral.demo.folder import Folder, write_json
from umbral.demo.loopback import free_port, is_free
from umbral.demo.previous_run import end_previous_run
from umbral.demo.process_table import command_of, wait_until_gone

SLEEPS = "import time; print('here', flush=True); time.sleep(600)"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "demo")
    folder.make()
    return folder


def test_secrets_of_a_demo_are_kept_and_differ_between_folders(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    other.make()

    assert folder.secrets() == folder.secrets()
    assert not set(folder.secrets().values()) & set(other.secrets().values())


def test_secrets_are_readable_by_their_owner_only(folder: Folder) -> None:
    folder.secrets()

    assert folder.root.stat().st_mode & 0o077 == 0
    assert (folder.root / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_ports_of_a_demo_are_kept_unless_taken(folder: Folder) -> None:
    first = folder.ports(web=0, sandbox=0)
    assert folder.ports(web=0, sandbox=0) == first

    with socket.create_server(("127.0.0.1", first["web"])):
        second = folder.ports(web=0, sandbox=0)

    assert second["sandbox"] == first["sandbox"]
    assert second["web"] != first["web"]


def test_port_of_a_running_demo_is_not_chosen_again() -> None:
    keeps = "from umbral.demo.loopback import free_port; print(free_port(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", keeps], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        assert is_free(theirs)
        assert free_port(theirs) != theirs
        other.communicate("\n", timeout=90)
    assert free_port(theirs) == theirs


def test_ports_of_one_demo_differ(folder: Folder) -> None:
    port = folder.ports(web=0)["web"]
    write_json(folder.root / "run" / "ports.json", {"web": port, "sandbox": port})

    again = folder.ports(web=0, sandbox=0)

    assert again["web"] == port
    assert again["sandbox"] != port


def test_requested_port_is_used_even_if_it_is_taken(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert folder.ports(sandbox=port) == {"sandbox": port}


def test_fresh_start_keeps_files_of_other_programs(folder: Folder) -> None:
    folder.secrets()
    (folder.root / "diary.txt").write_text("mine")

    folder.erase()

    assert sorted(path.name for path in folder.root.iterdir()) == ["diary.txt"]


def test_orphan_process_of_the_last_run_is_killed(folder: Folder) -> None:
    command = [sys.executable, "-c", SLEEPS, str(folder.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as orphan:
        assert orphan.stdout is not None
        orphan.stdout.readline()
        write_json(folder.pids, {"bot": orphan.pid})

        end_previous_run(folder)

        assert wait_until_gone(orphan.pid, seconds=90)


def test_foreign_process_with_an_old_pid_is_not_killed(folder: Folder) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()
        write_json(folder.pids, {"bot": stranger.pid})

        end_previous_run(folder)

        assert command_of(stranger.pid) is not None
        stranger.kill()


@pytest.mark.parametrize(
    "words", [["--port", "0"], ["--port", "x"], ["--port", "65536"], ["--fre"], ["extra"], ["--set", "x"]]
)
def test_invalid_options_of_the_demo_command_are_refused(words: list[str]) -> None:
    assert main(["demo", *words]) == 2


def test_demo_settings_given_as_name_and_value_are_parsed() -> None:
    assert [setting(text) for text in ("INVITE_MODE=single_use", "BRAND_NAME=A=B")] == [
        ("INVITE_MODE", "single_use"),
        ("BRAND_NAME", "A=B"),
    ]
