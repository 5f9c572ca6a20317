"""`.ci/run` passes only if each step passes. The steps themselves are replaced by programs that print their names."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.unit.deploy.conftest import ROOT

ONCE_MORE = 'echo "once more"; printf "PASSED ONLY ALONE, to be made patient:\\ntests/test_it.py::test_it\\n"'
STEPS = {
    ".ci/packages": "",
    ".ci/audit": 'echo "KNOWN VULNERABILITIES WERE NOT LOOKED UP (exit status 3)"',
    ".ci/as-a-newcomer": 'echo "the demo is played"',
    ".ci/once-more": ONCE_MORE,
    ".venv/bin/python": 'echo "flows are played"',
    "bin/make": 'echo "made: $1 $UMBRAL_DRAW ${UMBRAL_PASSED:+remembers}"',
}
FAILING_RUN = 'echo "made: $1 $UMBRAL_DRAW"; [ "$1 $UMBRAL_DRAW" != "{}" ]'


def run(checkout: Path, replaced: Mapping[str, str] = MappingProxyType({}), *, hour: str = "3300") -> tuple[int, str]:
    """Run `.ci/run` with some of its steps replaced, and return its exit status and its output. `hour`: seconds after
    which no test is begun.
    """
    (checkout / ".ci").mkdir()
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (checkout / ".ci" / "run").write_text(script.replace("\nlast=3300\n", f"\nlast={hour}\n"), encoding="utf-8")
    (checkout / ".ci" / "run").chmod(0o755)
    for path, command in {**STEPS, **replaced}.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(f"#!/bin/sh\n{command}\n")
        (checkout / path).chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("UMBRAL_")}
    environ["PATH"] = f"{checkout / 'bin'}{os.pathsep}{environ['PATH']}"
    ended = subprocess.run([checkout / ".ci" / "run"], capture_output=True, text=True, check=False, env=environ)
    return ended.returncode, ended.stdout


def test_all_steps_are_run_and_an_audit_that_did_not_run_is_reported_last(tmp_path: Path) -> None:
    code, reported = run(tmp_path)
    assert code == 0
    played = ["made: test  remembers", "the demo is played", "made: test all remembers", "flows are played"]
    assert [line for line in reported.splitlines() if line in played] == played
    assert "BUT NOT AT ONCE" not in reported
    assert reported.endswith("KNOWN VULNERABILITIES WERE NOT LOOKED UP (exit status 3)\n")


@pytest.mark.parametrize("failing", ["test ", "test all"])
def test_run_of_tests_that_pass_only_alone_is_reported(tmp_path: Path, failing: str) -> None:
    code, reported = run(tmp_path, {"bin/make": FAILING_RUN.format(failing)})
    assert code == 0
    assert "flows are played" in reported
    assert "all is well, BUT NOT AT ONCE" in reported
    assert "PASSED ONLY ALONE, to be made patient:\ntests/test_it.py::test_it\n" in reported.partition("AT ONCE")[2]


@pytest.mark.parametrize("failing", ["test ", "test all", "lint ", "types ", "docs "])
def test_run_with_a_failing_step_fails(tmp_path: Path, failing: str) -> None:
    code, reported = run(tmp_path, {"bin/make": FAILING_RUN.format(failing), ".ci/once-more": "exit 1"})
    assert code == 1
    assert "all is well" not in reported


@pytest.mark.parametrize("step", [".ci/audit", ".ci/as-a-newcomer"])
def test_failing_audit_or_demo_fails_the_run(tmp_path: Path, step: str) -> None:
    code, reported = run(tmp_path, {step: "exit 1"})
    assert code == 1
    assert "all is well" not in reported


def test_failing_flow_fails_the_run(tmp_path: Path) -> None:
    assert run(tmp_path, {".venv/bin/python": "exit 1", ".ci/once-more": "exit 1"})[0] == 1


def test_tests_for_which_the_hour_is_too_short_are_reported(tmp_path: Path) -> None:
    code, reported = run(tmp_path, hour="0")
    assert code == 0
    assert "all is well, BUT NOT EVERYTHING WAS PLAYED" in reported
    assert "made: test all" not in reported
    assert "flows are played" not in reported


def test_tests_that_the_end_of_the_hour_stopped_are_reported(tmp_path: Path) -> None:
    code, reported = run(tmp_path, {"bin/make": 'case "$1 $UMBRAL_DRAW" in "test all") exec sleep 60;; esac'}, hour="2")
    assert code == 0
    assert "all is well, BUT NOT EVERYTHING WAS PLAYED" in reported
    assert "flows are played" not in reported
