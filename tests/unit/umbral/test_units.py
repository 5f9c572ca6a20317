"""`umbral units`, which writes systemd services for a machine without containers."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from subscriptions.bootstrap.open_files import WANTED_FILES
from subscriptions.bootstrap.sealed_settings import KEY_FILE
from tests.support.removed import settings_of_removed
from umbral.cli import main

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"
PROCESSES = ("web", "worker", "bot", "userbot")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return the folder with the written systemd units."""
    assert main(["units", str(tmp_path), "--command=/bin/true", "--settings=/etc/umbral/umbral.env"]) == 0
    return tmp_path


def test_systemd_accepts_the_units(written: Path) -> None:
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd is not installed here")
    made = sorted(written.iterdir())
    ran = subprocess.run([checker, "verify", "--man=no", *made], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [path.name for path in made] == [
        *(f"umbral-{name}.service" for name in ("bot", "migrate", "userbot", "web", "worker")),
        "umbral.target",
    ]


@pytest.mark.parametrize("process", PROCESSES)
def test_service_may_open_more_files_than_the_usual_limit(written: Path, process: str) -> None:
    # The services' filter of system calls does not let them raise the limit.
    assert f"LimitNOFILE={WANTED_FILES}\n" in (written / f"umbral-{process}.service").read_text()


def test_units_without_a_userbot_do_not_mention_the_userbot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["units", str(tmp_path), "--command=/bin/true", "--bot-alone"]) == 0
    assert capsys.readouterr().out.startswith("3 services")
    assert not (tmp_path / "umbral-userbot.service").exists()
    assert "userbot" not in (tmp_path / "umbral.target").read_text()
    # The userbot's own settings are still withheld from the other processes.
    assert "SESSION_KEY" in (tmp_path / "umbral-bot.service").read_text()


def test_services_are_restarted_until_a_late_database_has_started(written: Path) -> None:
    units = {path.stem: path.read_text() for path in written.glob("*.service")}
    assert "Restart=on-failure" in units["umbral-migrate"]
    for name, text in units.items():
        assert not re.search(r"^(Requires|BindsTo|Requisite)=", text, re.MULTILINE), name
        assert "StartLimitIntervalSec=0" in text, name
        if name != "umbral-migrate":
            assert re.search(r"^After=.*umbral-migrate\.service", text, re.MULTILINE), name
            assert re.search(r"^Wants=.*umbral-migrate\.service", text, re.MULTILINE), name


def by_name(environment: dict[str, Any]) -> dict[str, Any]:
    """Return a container's settings by name, including those in files."""
    in_files = {name for name, value in environment.items() if name != KEY_FILE and str(value).startswith("/keys/")}
    return {name.removesuffix("_FILE") if name in in_files else name: value for name, value in environment.items()}


@pytest.mark.parametrize("process", PROCESSES)
def test_unit_unsets_settings_that_the_compose_service_does_not_get(written: Path, process: str) -> None:
    (line,) = re.findall(r"^UnsetEnvironment=(.*)$", (written / f"umbral-{process}.service").read_text(), re.MULTILINE)
    kept, services = set(line.split()), yaml.safe_load(COMPOSE.read_text())["services"]
    every = {name for each in PROCESSES for name in by_name(services[each]["environment"])}
    every -= settings_of_removed(every)
    environment = by_name(services[process]["environment"])
    # Compose passes these only while the payment method that needs them is on; here it is off.
    own = {name for name, value in environment.items() if not str(value).startswith("${STARS:+")}

    assert kept & own == set()
    assert every - own <= kept
    assert {f"{name}_FILE" for name in every - own} <= kept
    others = {f"{each.upper()}_DATABASE_URL" for each in PROCESSES if each != process}
    assert others <= kept
    assert f"{process.upper()}_DATABASE_URL" not in kept


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("", {"bot"}),
        ("STARS=off\n", {"bot"}),
        ("STARS=on\n", {"web", "worker", "bot"}),
        ("STARS=x\n", {"web", "worker", "bot"}),
    ],
)
def test_bot_token_is_given_only_to_processes_that_need_it(
    tmp_path: Path, said: str, given: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "umbral.env"
    settings.write_text(f"{said}TELEGRAM_SUBSCRIPTION_BOT_TOKEN=123456:{'a' * 35}\n")
    assert main(["units", str(tmp_path / "units"), "--command=/bin/true", f"--settings={settings}"]) == 0

    kept = {process: (tmp_path / "units" / f"umbral-{process}.service").read_text() for process in PROCESSES}
    assert {name for name, text in kept.items() if "TELEGRAM_SUBSCRIPTION_BOT_TOKEN" not in text} == given
    withheld = "web is not given TELEGRAM_SUBSCRIPTION_BOT_TOKEN" in capsys.readouterr().out
    assert withheld is ("web" not in given)


def test_program_path_that_the_service_cannot_access_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("/home/ana", "/root", "bin"):
        assert main(["units", str(tmp_path / "units"), f"--command={folder}/.local/bin/umbral"]) == 1
    assert main(["units", str(tmp_path / "units"), "--command=/bin/true", "--settings=umbral.env"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert ["PIPX_HOME=" in line for line in said] == [True, True, False, False]
    assert "the program's full path" in said[2]
    assert "--settings umbral.env" in said[3]
    assert not (tmp_path / "units").exists()


def test_unwritable_folder_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["units", str(tmp_path / "file"), "--command=/bin/true"]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err
