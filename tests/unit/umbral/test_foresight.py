"""What the demo may take for granted at a second start, before the sandbox answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from umbral import env_file
from umbral.demo.cast import Cast, CastBot, remembered_cast
from umbral.demo.folder import Folder, write_json
from umbral.demo.foresight import foreseen_settings
from umbral.demo.prepared import Prepared
from umbral.demo.settings import SandboxAddress, settings_of

PORTS = {"sandbox": 5001, "mtproto": 5002, "web": 5003, "ops": 5005}
DATABASE = "postgresql://postgres:secret@127.0.0.1:5004/postgres"
PEOPLE = {
    "bots": [{"id": number, "username": f"bot_{number}", "token": f"{number}:token"} for number in (1, 2, 3)],
    "accounts": [{"id": 4, "phone": "+34600000001", "session": "1Ab"}],
    "operator": {"id": 5},
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A demo's folder after a run."""
    folder = Folder(tmp_path / "demo")
    folder.make()
    folder.postgres.mkdir()
    write_json(folder.cast, PEOPLE)
    settings = settings_after_a_run(folder)
    env_file.write(folder.env_file, settings)
    Prepared(folder.prepared, settings, cast_of(folder)).remember()
    return folder


def cast_of(folder: Folder) -> Cast:
    return remembered_cast(folder.cast)


def settings_after_a_run(folder: Folder) -> dict[str, str]:
    address = SandboxAddress("http://127.0.0.1:5001", PORTS["mtproto"], str(folder.sandbox / "key.pem"))
    return settings_of(folder.secrets(), address, cast_of(folder), DATABASE, PORTS)


def test_a_second_start_foresees_the_settings_of_the_first(folder: Folder) -> None:
    assert cast_of(folder).subscription_bot == CastBot(1, "bot_1", "1:token")
    assert foreseen_settings(folder, PORTS, DATABASE) == settings_after_a_run(folder)


@pytest.mark.parametrize("moved", sorted(PORTS))
def test_a_port_that_was_taken_since_is_not_foreseen(folder: Folder, moved: str) -> None:
    assert foreseen_settings(folder, {**PORTS, moved: 6001}, DATABASE) is None


def test_another_database_is_not_foreseen(folder: Folder) -> None:
    assert foreseen_settings(folder, PORTS, DATABASE.replace("5004", "6004")) is None


@pytest.mark.parametrize("missing", ["env_file", "cast", "prepared"])
def test_nothing_is_foreseen_where_the_last_run_left_too_little(folder: Folder, missing: str) -> None:
    lost: Path = getattr(folder, missing)
    lost.unlink()

    assert foreseen_settings(folder, PORTS, DATABASE) is None
