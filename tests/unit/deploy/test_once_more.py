"""`.ci/once-more`, which distinguishes a test that timed out under load from a broken test. A test in doubt counts as
broken.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
PLAIN["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
IMPATIENT = """
from pathlib import Path

def test_impatient():
    seen = Path(__file__).with_name("seen")
    first = not seen.exists()
    seen.touch()
    assert not first
"""
BROKEN = """
def test_broken{number}():
    assert False
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    # the whole folder: the Python program alone would be the machine's, perhaps without pytest
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def in_a_crowd(checkout: Path, *sources: str) -> None:
    for number, source in enumerate(sources):
        (checkout / "tests" / f"test_{number}.py").write_text(source)
    words = [sys.executable, "-m", "pytest", "-q", "tests"]
    subprocess.run(words, cwd=checkout, env=PLAIN, capture_output=True, check=False)


def once_more(checkout: Path) -> tuple[int, str]:
    words = [ROOT / ".ci" / "once-more"]
    ended = subprocess.run(words, cwd=checkout, env=PLAIN, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout


def test_test_that_fails_in_parallel_but_passes_alone_is_reported(checkout: Path) -> None:
    in_a_crowd(checkout, IMPATIENT)
    code, reported = once_more(checkout)
    assert code == 0
    assert "PASSED ONLY ALONE, to be made patient:\ntests/test_0.py::test_impatient (NOT YET" in reported


def test_known_load_sensitive_test_is_not_reported_as_new(checkout: Path) -> None:
    (checkout / "docs").mkdir()
    (checkout / "docs" / "impatient.md").write_text("| `tests/test_0.py::test_impatient` | a late word | today |\n")
    in_a_crowd(checkout, IMPATIENT)
    assert once_more(checkout)[1].endswith("PASSED ONLY ALONE, to be made patient:\ntests/test_0.py::test_impatient\n")


@pytest.mark.parametrize("sources", [[BROKEN.format(number=0)], [IMPATIENT, BROKEN.format(number=0)]])
def test_repeated_failure_fails_the_run(checkout: Path, sources: list[str]) -> None:
    in_a_crowd(checkout, *sources)
    assert once_more(checkout)[0] == 1


def test_test_that_passes_only_with_other_modules_counts_as_failed(checkout: Path) -> None:
    """A parameter from another module is not found without that module, and a test that is not found does not count as
    passed.
    """
    brings = 'import sys\n\nsys.modules["brought"] = ["broken"]\n\ndef test_well(): pass\n'
    broken = """
import pytest
import sys

@pytest.mark.parametrize("it", sys.modules.get("brought", []))
def test_each(it):
    assert it != "broken"
"""
    in_a_crowd(checkout, brings, broken, IMPATIENT)
    assert once_more(checkout)[0] == 1


def test_more_than_three_failures_are_not_retried(checkout: Path) -> None:
    in_a_crowd(checkout, IMPATIENT, *[BROKEN.format(number=number) for number in range(3)])
    assert once_more(checkout) == (1, "4 failed: not run once more\n")


def test_run_without_failed_tests_is_an_error(checkout: Path) -> None:
    in_a_crowd(checkout, "def test_well(): pass")
    assert once_more(checkout) == (1, "0 failed: not run once more\n")
