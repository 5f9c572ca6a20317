"""A run leaves out the tests that passed in an earlier run of the same commit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ordered import ROOT

PLUGIN = """
from tests.support import passed

def pytest_configure(config):
    for plugin in passed.plugins():
        config.pluginmanager.register(plugin)
"""
SUITE = """
import pytest
from pathlib import Path

def test_well(): pass

@pytest.mark.parametrize("case", ["a b", "ñ\\n::"])
def test_case(case): pass

def test_skipped(): pytest.skip()

def test_mended_later(): assert Path(__file__).with_name("mended").exists()

@pytest.fixture
def broken():
    yield
    assert Path(__file__).with_name("mended").exists()

def test_teardown(broken): pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_suite.py").write_text(SUITE)
    return tmp_path


def run(suite: Path, *options: str, code: int = 1) -> str:
    """Run the suite with the file `passed`, and return the last line of its output. code: expected exit status."""
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "UMBRAL_PASSED": str(suite / "passed"),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--rootdir={suite}",
        *options,
        str(suite),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert ran.returncode == code, ran.stdout
    return ran.stdout.splitlines()[-1]


@pytest.mark.parametrize("options", [[], ["-p", "xdist.plugin", "-n", "2"]], ids=["one process", "two processes"])
def test_only_tests_that_have_not_passed_run_again(suite: Path, options: list[str]) -> None:
    assert re.match(r"1 failed, 4 passed, 1 skipped, 1 error", run(suite, *options))
    (suite / "mended").touch()
    assert re.match(r"2 passed, 1 skipped(, 3 deselected)? in", run(suite, *options, code=0))
    assert re.match(r"1 skipped(, 5 deselected)? in", run(suite, *options, code=0))


@pytest.mark.parametrize("options", [[], ["-p", "xdist.plugin", "-n", "2"]], ids=["one process", "two processes"])
def test_run_in_which_every_test_has_passed_succeeds(suite: Path, options: list[str]) -> None:
    (suite / "test_suite.py").write_text("def test_well(): pass\n")
    assert "1 passed" in run(suite, *options, code=0)
    assert re.match(r"(no tests ran|1 deselected) in", run(suite, *options, code=0))
    (suite / "passed").write_text("")
    (suite / "test_suite.py").write_text("")
    assert "no tests ran" in run(suite, *options, code=5)


def test_every_test_runs_without_the_file(suite: Path) -> None:
    run(suite)
    (suite / "passed").unlink()
    assert re.match(r"1 failed, 4 passed, 1 skipped, 1 error", run(suite))
