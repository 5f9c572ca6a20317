"""GitHub workflows: their triggers, versions and permissions."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.conftest import ROOT

CHECK = Path(sys.executable).with_name("check-jsonschema")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
READS: dict[str, str] = {"contents": "read"}
MORE_RIGHTS = {
    ("release.yml", "release"): {"contents": "write", "id-token": "write"},
    ("docs.yml", "publish"): {"actions": "read", "pages": "write", "id-token": "write"},
}
"""Jobs that publish something and therefore have more permissions."""


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as a boolean.
    content["on"] = content.pop(True)
    return content


def named(name: str) -> dict[str, Any]:
    return read(ROOT / ".github/workflows" / name)


def test_tests_run_on_every_push_and_pull_request() -> None:
    assert named("ci.yml")["on"] == {"push": {"branches": ["**"]}, "pull_request": {}, "workflow_call": {}}


def test_ci_runs_on_the_oldest_and_newest_python() -> None:
    versions = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each]
    assert PROJECT["requires-python"] == f">={versions[0]}"
    assert named("ci.yml")["jobs"]["change"]["strategy"]["matrix"]["python"] == [versions[0], versions[-1]]


@pytest.mark.parametrize("workflow", ["ci.yml", "nightly.yml"])
def test_known_vulnerabilities_are_looked_up_for_every_push_and_every_night(workflow: str) -> None:
    assert ".ci/audit" in named(workflow)["jobs"]["audit"]["steps"][-1]["run"]


def test_change_plays_every_test_that_a_short_run_may_draw() -> None:
    commands = [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    assert [line.partition(" || ")[0] for line in commands if line.startswith("play ")] == [
        "play make test",
        """play within_the_hour env UMBRAL_DRAW=all make test ARGS='-m "not long and not exhaustive"'""",
        "play within_the_hour .venv/bin/python -m pytest tests/e2e/test_chaos_quick.py tests/e2e/test_first_sale.py"
        ' -k "test_undisturbed or first_sale" -n 2',
    ]
    assert ".ci/audit" in commands


def test_release_waits_for_every_test() -> None:
    jobs = named("release.yml")["jobs"]
    assert {name: jobs[name]["uses"] for name in jobs["release"]["needs"]} == {
        "ci": "./.github/workflows/ci.yml",
        "exhaustive": "./.github/workflows/nightly.yml",
    }
    assert all("workflow_call" in named(name)["on"] for name in ("ci.yml", "nightly.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_job_has_only_needed_permissions(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}, "whatever a job does not name it does not have"
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == MORE_RIGHTS.get((path.name, name), READS), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_checkout_stores_no_credentials(path: Path) -> None:
    for job in read(path)["jobs"].values():
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_has_a_timeout(path: Path) -> None:
    assert [
        name for name, job in read(path)["jobs"].items() if "uses" not in job and "timeout-minutes" not in job
    ] == []


@pytest.mark.parametrize(("workflow", "job"), [("ci.yml", "change"), ("nightly.yml", "exhaustive")])
def test_test_jobs_fetch_the_full_history(workflow: str, job: str) -> None:
    """The upgrade tests read the previous release from the history."""
    assert named(workflow)["jobs"][job]["steps"][0]["with"]["fetch-depth"] == 0


@pytest.mark.parametrize(
    ("schema", "names"), [("github-issue-forms", ["bug.yml", "idea.yml"]), ("github-issue-config", ["config.yml"])]
)
def test_issue_templates_are_valid(schema: str, names: list[str]) -> None:
    files = [ROOT / ".github/ISSUE_TEMPLATE" / name for name in names]
    ran = subprocess.run([CHECK, "--builtin-schema", f"vendor.{schema}", *files], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
