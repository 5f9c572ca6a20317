"""Check what the images contain, without building them."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.unit.deploy.conftest import ROOT, Stage
from umbral.cli.commands import COMMANDS

HADOLINT = Path(sys.executable).with_name("hadolint")
LONG_RUNNING = ("web", "worker", "bot", "userbot", "sandbox")
TARGETS = ("migrate", *LONG_RUNNING)


def test_dockerfile_linter_reports_nothing() -> None:
    ran = subprocess.run([HADOLINT, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_linter_reports_a_faulty_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp && apt-get install gcc\n")

    assert subprocess.run([HADOLINT, "Dockerfile"], cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_each_process_has_a_build_target(stages: dict[str, Stage]) -> None:
    assert {"web", "worker", "bot", "userbot", "migrate"} <= set(stages)


@pytest.mark.parametrize("name", TARGETS)
def test_image_runs_its_own_command_as_an_unprivileged_user(stages: dict[str, Stage], name: str) -> None:
    stage, runtime = stages[name], stages["runtime"]
    (command,) = stage.all("CMD")

    assert stage.base == "runtime"
    assert json.loads(command)[0] == name
    assert name in COMMANDS
    assert runtime.all("ENTRYPOINT") == ['["umbral"]']
    assert [*runtime.all("USER"), *stage.all("USER")][-1] == "10001:10001"


@pytest.mark.parametrize("name", TARGETS)
def test_image_contains_only_its_own_packages_and_code(stages: dict[str, Stage], name: str) -> None:
    code = "sandbox-code" if name == "sandbox" else "code"
    laid = ["--from=" + part + " /opt/umbral /opt/umbral" for part in (f"{name}-packages", code)]

    assert [copied for copied in stages[name].all("COPY") if "--from=" in copied] == laid
    assert stages[f"{name}-packages"].all("RUN") == [f"deploy/install {name} /opt/umbral"]


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_long_running_image_has_a_healthcheck(stages: dict[str, Stage], name: str) -> None:
    (check,) = stages[name].all("HEALTHCHECK")

    assert json.loads(check.partition("CMD ")[2])[:2] == ["umbral", "health"]


@pytest.mark.parametrize("name", ["runtime", *TARGETS])
def test_runtime_image_has_no_package_manager_and_no_sources(stages: dict[str, Stage], name: str) -> None:
    words = " ".join(stages[name].all("RUN"))

    assert not {"apt", "apt-get", "pip", "gcc", "curl"} & set(words.split())
    assert all(copied.startswith(("--from=", "deploy/sandbox ")) for copied in stages[name].all("COPY"))


def test_sandbox_code_is_only_in_the_sandbox_image(stages: dict[str, Stage]) -> None:
    assert stages["sandbox-code"].base == "code"
    assert not [name for name, stage in stages.items() if stage.base == "sandbox-code"]
    assert not any("sandbox" in copied for copied in stages["code"].all("COPY"))


def test_only_the_sandbox_image_contains_the_sandbox_setup(stages: dict[str, Stage]) -> None:
    assert [name for name, stage in stages.items() if any("scene" in line for _, line in stage.lines)] == ["sandbox"]


def test_every_stage_starts_from_the_base_or_another_stage(stages: dict[str, Stage]) -> None:
    assert {stage.base for stage in stages.values()} <= {"${BASE}", *stages}
    assert (ROOT / "Dockerfile").read_text().count("ARG BASE=python:3.11-slim") == 1


def test_image_labels_contain_the_version_of_the_distribution(stages: dict[str, Stage]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert f"VERSION={version}" in stages["runtime"].all("ARG")
    assert "org.opencontainers.image.version=" in stages["runtime"].all("LABEL")[0]


def test_build_context_contains_only_needed_files() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]

    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    built = {"LICENSE", "README.md", "migrations", "pyproject.toml", "sandbox", "src"}
    assert allowed == built | {"deploy", "requirements.lock"}
    assert "sandbox/tests" in rules
